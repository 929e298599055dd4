import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runEdge } from './instance.ts'
import { MiniStack } from './ministack/ministack.ts'

let emulator: MiniStack
let folder = ''
beforeAll(async () => {
  emulator = await MiniStack.start()
  folder = await mkdtemp(join(tmpdir(), 'edge-rooms-'))
  const configuration = {
    name: 'trial',
    target: 'aws',
    site: { static: 'dist' },
    aws: {
      network: { admits: ['10.1.0.0/16'] },
      notify: { critical: ['ops@example.com', 'night@example.com'], warning: ['ops@example.com'] },
    },
  }
  await writeFile(join(folder, 'production.config.ts'), `export default ${JSON.stringify(configuration)}\n`)
})
afterAll(async () => {
  await emulator.stop()
  await rm(folder, { recursive: true, force: true })
})
const edge = (verb: string, ...args: string[]) =>
  runEdge([verb, '--config', join(folder, 'production.config.ts'), ...args], { env: emulator.environment })

it('x', { timeout: 500_000 }, async () => {
  for (const args of [
    ['deploy', 'backup', '--yes'],
    ['plan', 'backup'],
    ['verify', 'database', 'backup', 'monitoring'],
    ['destroy', '--yes'],
  ]) {
    const t = Date.now()
    const [verb = '', ...rest] = args
    const ran = await edge(verb, ...rest)
    console.log(args.join(' '), ran.code, Date.now() - t, ran.stdout, ran.stderr)
  }
})
