import type { World } from '../../src/core/world.ts'

/** `v1.1.0`; all that it said where it says nothing like it. */
export async function k6Version(k6: string, world: World): Promise<string> {
  const { stdout } = await world.run([k6, 'version'])
  return /v[\d.]+/.exec(stdout)?.[0] ?? stdout.trim()
}
