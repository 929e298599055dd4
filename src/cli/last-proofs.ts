import type { Proven } from '../core/component.ts'
import type { ComponentName } from '../core/guarantee.ts'
import type { ProgressScreen } from './screen/progress.ts'
import type { Session } from './session.ts'

/** What a deployment ends with, one room after the other: side by side they would measure each other. */
export async function proveLast(
  { composed: { lastProofs }, world, k6 }: Session & { readonly k6: string | undefined },
  chosen: readonly ComponentName[],
  screen: ProgressScreen,
): Promise<readonly Proven[]> {
  const proven: Proven[] = []
  if (k6 === undefined) return proven
  for (const { component, run } of lastProofs) {
    if (chosen.includes(component)) proven.push(await run(k6, world, screen))
  }
  return proven
}

/** Their fields in the JSON of a deployment. */
export const provenJson = (proven: readonly Proven[]): Readonly<Record<string, object>> =>
  Object.fromEntries(proven.map(({ name, json }) => [name, json]))
