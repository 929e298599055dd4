import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { OperatorError } from '../../../src/core/errors.ts'

/**
 * Unpacks the tar on this process's standard input into a folder, anew each time. tar itself refuses
 * names with `..` and links that lead out. Throws OperatorError for what is no whole tar.
 */
export async function unpack(path: string): Promise<string> {
  await rm(path, { recursive: true, force: true })
  await mkdir(path, { recursive: true, mode: 0o700 })
  const how = ['--extract', '--no-same-owner', '--no-same-permissions', '--file', '-', '--directory', path]
  const child = spawn('tar', how, { stdio: ['inherit', 'ignore', 'pipe'], env: { ...process.env, LC_ALL: 'C' } })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const [code] = await once(child, 'close')
  if (code !== 0) {
    const reason =
      said
        .trim()
        .split('\n')
        .at(0)
        ?.replace(/^tar: /, '') ?? ''
    throw new OperatorError('publish', `standard input is no whole tar: ${reason}`, [
      'tar -C dist -c . | edge publish - (no compression)',
      'nothing was changed; what was live is live',
    ])
  }
  return path
}
