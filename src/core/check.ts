import type { Guarantee, Guarantees } from './guarantee.ts'
import type { World } from './world.ts'

type Fact = string | number | boolean | readonly string[]
export type Facts = Readonly<Record<string, Fact>>

/**
 * What a check saw. `measured`: something was made to act and was watched. `declared`: read from a configuration, not
 * seen to act. `on: 'emulator'`: seen, but not on the real service.
 */
export type Evidence = { readonly how: 'measured' | 'declared'; readonly on?: 'emulator'; readonly facts: Facts }

/** `notClaimed` needs its reason and never counts as kept; `broken` says what the operator does now. */
export type Verdict =
  | { readonly is: 'kept'; readonly evidence: Evidence }
  | { readonly is: 'broken'; readonly evidence: Evidence; readonly because: string; readonly next: string }
  | { readonly is: 'notClaimed'; readonly because: string }

export type Check<Endpoint> = (endpoint: Endpoint, world: World) => Promise<Verdict>

/**
 * How a promise is proven on one target. `never`: why that target cannot keep it. `notBuilt`: what the proof will be, of a
 * mechanism that does not exist yet. Neither looks at anything, and neither counts as kept.
 */
export type CheckOf<Endpoint> = Check<Endpoint> | { readonly never: string } | { readonly notBuilt: string }

/** One check for each guarantee; with one missing the room does not compile. */
export type ChecksFor<G extends Guarantees, Endpoint> = { readonly [Name in keyof G]: CheckOf<Endpoint> }

/** What is not there, as a header that was not sent, is named in a word: an empty text between two others says nothing. */
export const orNone = (value: string): string => (value === '' ? 'none' : value)

const namingBlanks = (facts: Facts): Facts =>
  Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => {
      if (typeof fact === 'string') return [name, orNone(fact)]
      return [name, typeof fact === 'object' ? fact.map(orNone) : fact]
    }),
  )

export const measured = (facts: Facts): Evidence => ({ how: 'measured', facts: namingBlanks(facts) })
export const declared = (facts: Facts): Evidence => ({ how: 'declared', facts: namingBlanks(facts) })
export const kept = (evidence: Evidence): Verdict => ({ is: 'kept', evidence })
export const broken = (evidence: Evidence, because: string, next: string): Verdict => ({
  is: 'broken',
  evidence,
  because,
  next,
})
export const notClaimed = (because: string): Verdict => ({ is: 'notClaimed', because })

/** A verdict with what it belongs to and when it was reached; the JSON of `edge verify` is made of these. */
export type Judgement = {
  readonly guarantee: Guarantee
  readonly verdict: Verdict
  readonly measuredAt: Date
  readonly milliseconds: number
}
