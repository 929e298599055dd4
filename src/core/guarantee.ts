import type { Count, Duration, Quantity } from './units.ts'
import { show } from './units.ts'

/** A room's name: one of those in infrastructure/rooms.ts. */
export type ComponentName = string

/** How far the promise reaches. One guarantee carries one bound; a load scenario carries users and a time. */
export type Bound =
  | { readonly atLeast: Quantity }
  | { readonly atMost: Quantity }
  | { readonly below: Quantity }
  | { readonly above: Quantity }
  | { readonly exactly: Quantity }
  | { readonly users: Count; readonly over: Duration }
  | { readonly between: readonly [Quantity, Quantity] }

/** What a room writes down for one promise. */
export type Promised = {
  /** The promise in one sentence, in words for its users. */
  readonly says: string
  /** `document`: the bound stands in the production document. `ours`: we set it. */
  readonly source: 'document' | 'ours'
} & (Bound | object)

export type Guarantee = Promised & { readonly id: string; readonly component: ComponentName }

/** A room's promises by their name: `cdn.staticCaching` is `guarantees.staticCaching` with `id: 'cdn.staticCaching'`. */
export type Guarantees = Readonly<Record<string, Guarantee>>

/** Gives each promise its id; the id is the same everywhere: JSON, metrics, alarms, documentation, tests. */
export function guarantees<const Component extends ComponentName, const G extends Readonly<Record<string, Promised>>>(
  component: Component,
  promised: G,
): {
  readonly [Name in keyof G & string]: G[Name] & { readonly id: `${Component}.${Name}`; readonly component: Component }
} {
  const entries = Object.entries(promised).map(([name, promise]) => [
    name,
    { ...promise, id: `${component}.${name}`, component },
  ])
  // Object.fromEntries forgets the keys' names; they are those of `promised`, one to one, by the line above.
  return Object.fromEntries(entries) as ReturnType<typeof guarantees<Component, G>>
}

/** A bound of one number. */
export type OneNumber = Exclude<Bound, { readonly users: Count } | { readonly between: unknown }>

export function numberOf(bound: OneNumber): Quantity {
  if ('atLeast' in bound) return bound.atLeast
  if ('atMost' in bound) return bound.atMost
  if ('below' in bound) return bound.below
  return 'above' in bound ? bound.above : bound.exactly
}

/** The bound in words for a table: `≥ 365 days`, `< 500 ms`, `5 users over 1 min`; empty where the promise has no number. */
export function showBound(promise: Promised): string {
  if ('atLeast' in promise) return `≥ ${show(promise.atLeast)}`
  if ('atMost' in promise) return `≤ ${show(promise.atMost)}`
  if ('below' in promise) return `< ${show(promise.below)}`
  if ('above' in promise) return `> ${show(promise.above)}`
  if ('exactly' in promise) return show(promise.exactly)
  if ('users' in promise) return `${show(promise.users)} over ${show(promise.over)}`
  if ('between' in promise) return `${show(promise.between[0])} to ${show(promise.between[1])}`
  return ''
}
