import { MissingOutput } from './outputs.ts'
import type { AllOutputs, Placed } from './place.ts'

/** The chosen stacks with all that they need, each after those that it needs: the order in which they are deployed. */
export function inOrder(chosen: readonly Placed[]): readonly Placed[] {
  const ordered = new Map<string, Placed>()
  const add = (placed: Placed): void => {
    if (ordered.has(placed.stack)) return
    for (const needed of placed.needs) add(needed)
    ordered.set(placed.stack, placed)
  }
  for (const placed of chosen) add(placed)
  return [...ordered.values()]
}

/** The stacks that one needs and that do not answer it yet, by name: they are not there, or an older version of them is. */
export const waitsFor = ({ needs }: Placed, outputs: AllOutputs): readonly string[] =>
  needs.filter((needed) => !answers(needed, outputs)).map(({ stack }) => stack)

function answers(needed: Placed, outputs: AllOutputs): boolean {
  try {
    needed.provides(outputs)
    return true
  } catch (error) {
    if (error instanceof MissingOutput) return false
    throw error
  }
}
