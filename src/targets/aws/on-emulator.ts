import type { World } from '../../core/world.ts'

/**
 * Whether an emulator answers in place of AWS, in the words and at the place of the SDK: it reads the environment of the
 * process, whatever a verb was given.
 */
export const onEmulator = (): boolean => process.env['AWS_ENDPOINT_URL'] !== undefined

/** Where an emulator of AWS answers, as the SDK is told; undefined where it is AWS itself. */
export function emulatorOf({ env }: Pick<World, 'env'>): URL | undefined {
  const given = env['AWS_ENDPOINT_URL'] ?? ''
  return given === '' ? undefined : new URL(given)
}
