import type { Command, World } from '../src/core/world.ts'

const withinMs = 5 * 60_000

/** Has Debian's packages installed that a program of the tests needs, and edge does not; `works` is a command that needs them. */
export async function debianPackages(names: readonly string[], works: Command, world: World): Promise<void> {
  // Not to be found is the same as not to work.
  const found = await world.run(works).catch(() => undefined)
  if (found?.code === 0) return
  const install = ['install', '--yes', '--quiet', '--no-install-recommends', '--no-remove', ...names]
  if (world.uid !== 0) throw new Error(`not here: sudo apt-get ${install.join(' ')}`)
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }, timeoutMs: withinMs }
  const first = await world.run(['apt-get', ...install], options)
  if (first.code === 0) return
  // The list of packages may be missing, or older than the mirror.
  await world.run(['apt-get', 'update', '--quiet'], options)
  const again = await world.run(['apt-get', ...install], options)
  if (again.code !== 0) throw new Error(`apt-get: ${again.stderr}`)
}
