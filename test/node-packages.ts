import { access, copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command, World } from '../src/core/world.ts'

const project = resolve(import.meta.dirname, '..')
const tools = join(project, '.tools')
const withinMs = 10 * 60_000

/**
 * Brings packages that programs of the tests need and edge does not, once, by the lock of their folder; answers their
 * `node_modules`. `name` carries the version, so that others are brought anew.
 */
export async function nodePackages(name: string, folder: string, world: World): Promise<string> {
  const brought = join(tools, name)
  const packages = join(brought, 'node_modules')
  const there = await access(packages).then(
    () => true,
    () => false,
  )
  if (there) return packages
  await mkdir(tools, { recursive: true })
  const staging = await mkdtemp(join(tools, 'new-'))
  try {
    for (const file of ['package.json', 'package-lock.json']) await copyFile(join(folder, file), join(staging, file))
    await copyFile(join(project, '.npmrc'), join(staging, '.npmrc'))
    const command: Command = [...(await npm(world)), 'ci', '--loglevel=error']
    const ran = await world.run(command, { cwd: staging, timeoutMs: withinMs })
    if (ran.code !== 0) throw new Error(`npm ci: ${ran.stderr}`)
    await rename(staging, brought)
    return packages
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

/** The one on PATH, or the one that came with the Node that runs this. */
async function npm(world: World): Promise<Command> {
  const onPath = await world.run(['npm', '--version']).catch(() => undefined)
  return onPath?.code === 0
    ? ['npm']
    : [process.execPath, resolve(process.execPath, '../../lib/node_modules/npm/bin/npm-cli.js')]
}
