import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { project } from './instance.ts'

/**
 * Writes what a long run measured to `docs/reports/DATE-COMMIT/NAME.json`, to be committed: a claim about an hour can be
 * read again without waiting for it. `value` is written as it is, and beside it the `page` to read, where there is one; nothing in it may name a place on this machine.
 */
export async function leaveReport(name: string, value: unknown, page?: string): Promise<void> {
  const git = (...args: string[]): string => execFileSync('git', ['-C', project, ...args], { encoding: 'utf8' }).trim()
  const commit = git('rev-parse', '--short', 'HEAD')
  const changed = git('status', '--porcelain')
    .split('\n')
    .some((line) => line !== '' && !line.includes('docs/reports/'))
  const date = new Date().toISOString()
  const folder = join(project, 'docs', 'reports', `${date.slice(0, 10)}-${commit}`)
  const machine = { processors: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version }
  await mkdir(folder, { recursive: true })
  const report = { date, commit, withUncommittedChanges: changed, machine, measured: value }
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(report)}\n`)
  if (page !== undefined) await writeFile(join(folder, `${name}.html`), page)
}
