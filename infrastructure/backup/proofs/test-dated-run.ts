import { spawn } from 'node:child_process'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installPackages } from '../../../src/targets/local/packages.ts'
import { freePorts } from '../../../test/ports.ts'
import { testWorld } from '../../../test/world.ts'

/**
 * Runs a program of this folder with a folder and a port of its own, and answers what it writes. As the user `postgres`
 * where this one is root: PostgreSQL refuses root, and what edge writes there has to be of the same user.
 */
export async function runDated<Seen>(program: string, ...words: readonly string[]): Promise<Seen> {
  await installPackages([{ binary: 'faketime', packages: ['faketime'] }], testWorld().world, {
    say: () => undefined,
    line: () => undefined,
  })
  const folder = await mkdtemp(join(tmpdir(), 'edge-dated-'))
  const [port] = await freePorts(1)
  const as = process.getuid?.() === 0 ? await handOver(folder) : []
  const [first = '', ...args] = [
    ...as,
    process.execPath,
    join(import.meta.dirname, program),
    folder,
    String(port),
    ...words,
  ]
  try {
    const text = await new Promise<string>((resolve, reject) => {
      const child = spawn(first, args, {
        cwd: folder,
        env: { ...process.env, HOME: folder },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let stdout = ''
      child.stdout.setEncoding('utf8').on('data', (more: string) => (stdout += more))
      child.once('error', reject)
      child.once('close', (code) => (code === 0 ? resolve(stdout) : reject(new Error(`${program} ended with ${code}`))))
    })
    // The program's own type says what it writes.
    return JSON.parse(text) as Seen
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function handOver(folder: string): Promise<readonly string[]> {
  const idOf = async (which: string): Promise<number> =>
    Number((await testWorld().world.run(['id', which, 'postgres'])).stdout)
  const [uid, gid] = [await idOf('-u'), await idOf('-g')]
  if (Number.isNaN(uid) || uid === 0) throw new Error('there is no user postgres: the package postgresql brings it')
  await chown(folder, uid, gid)
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--']
}
