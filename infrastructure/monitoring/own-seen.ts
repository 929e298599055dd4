import type { Facts } from '../../src/core/check.ts'
import { difference } from '../../src/core/record.ts'
import { minuteOf } from '../../src/core/units.ts'
import { drillNameOf } from './drill-name.ts'
import type { Running } from './endpoint.ts'
import { deployedAs } from './running-rules.ts'
import { aliveRule, type Rule } from './render-rules.ts'

/** What drills have seen of alarms that keep no promise of their own, under the rules and the route that are in force. */
export type OwnSeen = {
  /** The names of those that rang, at their own boundary, arrived and cleared. */
  readonly rang: readonly string[]
  /** Each alarm once: seen, seen at a scaled boundary, or declared alone, with the drill that would show it. */
  readonly facts: Facts
  /** The first that was tried in vain. */
  readonly inVain?: { readonly because: string; readonly again: string }
}

type Seen = { readonly as: 'rang' | 'scaled' | 'declared' | 'inVain'; readonly alert: string; readonly says: string }

/**
 * Reads the newest record of each alarm's drill. One that was made under another rule or another route says nothing of the
 * present one, as of an alarm of the production document; a new instance has none, and no alarm is broken by that.
 */
export async function ownSeen(
  running: Pick<Running, 'records' | 'routes' | 'causes'>,
  rules: readonly Rule[],
): Promise<OwnSeen> {
  // That one rings always, and whoever is outside notices when it does not.
  const drilled = rules.filter(({ alert }) => alert !== aliveRule.alert)
  const all = await Promise.all(drilled.map((rule) => seenOf(running, rule)))
  const those = (as: Seen['as']) => all.filter((one) => one.as === as)
  const named = (as: Seen['as']) => those(as).map(({ alert, says }) => `${alert} (${says})`)
  const [inVain] = those('inVain')
  const lists = {
    'seen to ring': named('rang'),
    'seen at a scaled boundary': named('scaled'),
    'declared, not seen to ring': named('declared'),
    'tried in vain': named('inVain'),
  }
  return {
    rang: those('rang').map(({ alert }) => alert),
    facts: Object.fromEntries(Object.entries(lists).filter(([, names]) => names.length > 0)),
    ...(inVain && {
      inVain: { because: `when ${inVain.alert} was tried: ${inVain.says}`, again: againOf(inVain.alert) },
    }),
  }
}

const againOf = (alert: string): string => `edge drill ${drillNameOf(alert)}`

async function seenOf(
  { records, routes, causes }: Pick<Running, 'records' | 'routes' | 'causes'>,
  rule: Rule,
): Promise<Seen> {
  const { alert } = rule
  if (!Object.hasOwn(causes, alert)) return { as: 'declared', alert, says: 'no drill makes its cause' }
  const newest = await records.newest(drillNameOf(alert))
  const unseen = { as: 'declared', alert, says: againOf(alert) } as const
  if (!newest || 'damaged' in newest || difference(newest.of, deployedAs(rule, routes)) !== undefined) return unseen
  const { at, facts } = newest
  if (facts['failed'] !== undefined) return { as: 'inVain', alert, says: String(facts['failed']) }
  return { as: facts['scaled'] === true ? 'scaled' : 'rang', alert, says: minuteOf(at) }
}
