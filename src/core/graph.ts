import type { Part, Plan } from './plan.ts'

/** What of a part says when its turn is. */
type Placed = Pick<Part, 'name' | 'after'>

/** Checks that each `after` names a part and that nothing waits for itself. Throws on a mistake of ours. */
export function assertSound(plan: readonly Placed[]): void {
  const names = new Set(plan.map((part) => part.name))
  if (names.size !== plan.length) throw new Error('two parts of the plan have one name')
  for (const part of plan) {
    const unknown = part.after.find((name) => !names.has(name))
    if (unknown !== undefined) throw new Error(`${part.name} waits for ${unknown}, which is not in the plan`)
  }
  levels(plan)
}

/** The parts in the order in which they can be started: all of a level stand only on the levels before it. */
export function levels<P extends Placed>(plan: readonly P[]): readonly (readonly P[])[] {
  const done = new Set<string>()
  const result: P[][] = []
  while (done.size < plan.length) {
    const level = plan.filter((part) => !done.has(part.name) && part.after.every((name) => done.has(name)))
    if (level.length === 0) {
      const waiting = plan.filter((part) => !done.has(part.name)).map((part) => part.name)
      throw new Error(`these parts wait for each other: ${waiting.join(', ')}`)
    }
    for (const part of level) done.add(part.name)
    result.push(level)
  }
  return result
}

/** The chosen parts with everything that they stand on, in the plan's order. */
export function closure(plan: Plan, chosen: (part: Part) => boolean): Plan {
  const byName = new Map(plan.map((part) => [part.name, part]))
  const wanted = new Set<string>()
  const want = (part: Part | undefined): void => {
    if (!part || wanted.has(part.name)) return
    wanted.add(part.name)
    for (const name of part.after) want(byName.get(name))
  }
  for (const part of plan) if (chosen(part)) want(part)
  return plan.filter((part) => wanted.has(part.name))
}

/** The plan without some parts: what stood on one of them stands on what that one stood on. */
export function without(plan: Plan, leftOut: (part: Part) => boolean): Plan {
  const stays = plan.filter((part) => !leftOut(part))
  const names = new Set(stays.map((part) => part.name))
  return stays.map((part) => {
    const below = closure(plan, ({ name }) => name === part.name)
    return { ...part, after: below.map(({ name }) => name).filter((name) => name !== part.name && names.has(name)) }
  })
}

/** These parts in their order, without what else they stand on: it is there. */
export function alone(parts: Plan): Plan {
  const names = new Set(parts.map(({ name }) => name))
  return parts.map((part) => ({ ...part, after: part.after.filter((name) => names.has(name)) }))
}
