import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { project } from './instance.ts'

const git = (...args: readonly string[]): string => execFileSync('git', ['-C', project, ...args], { encoding: 'utf8' })

/** The commit of a release: by its tag, or where the clone has none, as a clone without tags, by what it was. */
function commitOf({ tag, commit }: { readonly tag: string; readonly commit: string }): string {
  try {
    return git('rev-parse', '--verify', '--quiet', `${tag}^{commit}`).trim()
  } catch {
    return commit
  }
}

/**
 * Puts an earlier release into a folder of its own, with its door. Dependencies that are locked as ours are shared with it,
 * file by file; others are brought by its door. `remove` takes it out of git's list again.
 */
export async function checkOut(release: { readonly tag: string; readonly commit: string }, folder: string) {
  git('worktree', 'add', '--quiet', '--detach', '--force', folder, commitOf(release))
  for (const place of ['', 'tools/node']) {
    const [ours, theirs] = [join(project, place), join(folder, place)]
    const stamp = await readFile(join(ours, 'node_modules/.edge/package-lock.json'), 'utf8').catch(() => '')
    if (stamp !== (await readFile(join(theirs, 'package-lock.json'), 'utf8'))) continue
    execFileSync('cp', ['-al', join(ours, 'node_modules'), join(theirs, 'node_modules')])
  }
  return { door: join(folder, 'edge'), remove: () => void git('worktree', 'remove', '--force', folder) }
}
