import { userInfo } from 'node:os'
import type { World } from '../../../src/core/world.ts'

/** Whoever called edge: through sudo, the person and not root. */
export function operatorName({ env }: Pick<World, 'env'>): string {
  return env['SUDO_USER'] ?? env['LOGNAME'] ?? env['USER'] ?? userInfo().username
}

/** The commit that a folder belongs to, shortened; undefined where there is no repository, or no git. */
export async function commitOf(folder: string, world: Pick<World, 'run'>): Promise<string | undefined> {
  // Owned by another user is how it often is: root's clone, read by the engines' user.
  const asked = world.run(['git', '-c', 'safe.directory=*', '-C', folder, 'rev-parse', '--short=12', 'HEAD'])
  const ran = await asked.catch(() => undefined)
  return ran?.code === 0 ? ran.stdout.trim() : undefined
}
