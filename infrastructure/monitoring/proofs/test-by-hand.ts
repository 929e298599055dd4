import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Engine, Unowned } from '../../../src/core/plan.ts'

/** A certificate for the address, which is its own authority and that of whoever asks. */
export function certificateIn(folder: string) {
  const [key, certificate] = [join(folder, 'own.key'), join(folder, 'own.crt')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
  execFileSync('openssl', ['req', ...kind, ...names, '-keyout', key, '-out', certificate], { stdio: 'ignore' })
  return { ca: certificate, certificate, key }
}

/** What a test has begun is ended by these, the last one first. */
export type Ends = (end: () => Promise<void>) => unknown

export async function folderOf(ends: Ends): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-prometheus-'))
  ends(() => rm(folder, { recursive: true }))
  return folder
}

/** A program with its files in their place, run by hand: nobody starts it anew. */
export async function byHand(
  ends: Ends,
  { command, files, directories = [] }: Unowned<Engine>,
  ...more: readonly string[]
) {
  for (const path of [...directories, ...files.map((file) => dirname(file.path))])
    await mkdir(path, { recursive: true })
  for (const { path, content } of files) await writeFile(path, content)
  const [program = '', ...args] = command
  let running: ChildProcess | undefined
  const kill = async () => {
    if (!running) return
    const ended = running.exitCode === null ? once(running, 'exit') : undefined
    running.kill('SIGKILL')
    await ended
    running = undefined
  }
  ends(kill)
  return {
    start: () => (running = spawn(program, [...args, ...more], { stdio: 'ignore' })),
    signal: (signal: NodeJS.Signals) => running?.kill(signal),
    kill,
  }
}
