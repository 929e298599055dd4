import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import { Interrupted, OperatorError } from '../../../src/core/errors.ts'
import type { World } from '../../../src/core/world.ts'

/** What a tar on standard input is taken from. */
export type Incoming = Pick<World, 'env' | 'stdin' | 'signal'>

/**
 * Unpacks the tar on this process's standard input into a folder, anew each time. tar itself refuses
 * names with `..` and links that lead out. Throws OperatorError for what is no whole tar, Interrupted where whoever
 * writes it may never end.
 */
export async function unpack(path: string, { env, stdin, signal }: Incoming): Promise<string> {
  await removeUnpacked(path)
  await mkdir(path, { recursive: true, mode: 0o700 })
  const how = ['--extract', '--no-same-owner', '--no-same-permissions', '--file', '-', '--directory', path]
  const child = spawn('tar', how, { stdio: ['pipe', 'ignore', 'pipe'], env: { ...env, LC_ALL: 'C' } })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  let end = Buffer.alloc(0)
  stdin.on('data', (chunk: Buffer) => (end = Buffer.concat([end, chunk]).subarray(-endMark)))
  // tar has heard enough where something is wrong; why, is in what it says.
  child.stdin.on('error', () => undefined)
  stdin.pipe(child.stdin)
  const stop = (): void => void child.kill()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const [code] = await once(child, 'close')
  signal.removeEventListener('abort', stop)
  // Whoever still writes is told at once, and not waited for.
  stdin.destroy()
  if (signal.aborted) throw new Interrupted()
  const reason = code === 0 ? undefined : (said.trim().split('\n').at(-2) ?? said.trim()).replace(/^tar: /, '')
  if (reason !== undefined) throw notWhole(reason)
  // A pipe that was cut off between two files is a whole tar to tar itself, and would be half a site.
  if (end.length < endMark || end.some((byte) => byte !== 0)) throw notWhole('it ends before the mark of its end')
  return path
}

/** Takes away what was unpacked, folders too that the tar made nobody's to enter. */
export async function removeUnpacked(path: string): Promise<void> {
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true })
  await remove().catch(async () => {
    await promisify(execFile)('chmod', ['--recursive', 'u+rwx', path])
    await remove()
  })
}

/** Two blocks of zeros, with which every archive ends (POSIX, pax: "end-of-archive indicator"). */
const endMark = 1024

const notWhole = (reason: string): OperatorError =>
  new OperatorError('publish', `standard input is no whole tar: ${reason}`, [
    'tar -C dist -c . | edge publish - (no compression)',
    'nothing was changed; what was live is live',
  ])
