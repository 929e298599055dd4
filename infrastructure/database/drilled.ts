import type { Facts } from '../../src/core/check.ts'
import { type Deployed, difference, type DrillRecord, type Records } from '../../src/core/record.ts'
import { minuteOf, seconds } from '../../src/core/units.ts'
import { type Cluster, sharedSettings, versionsOf } from './cluster.ts'
import type { DatabaseSettings } from './settings.ts'

/** Drills that an operator runs: clients notice each of them. */
export const drills = { failover: 'failover', switchover: 'switchover', staleness: 'staleness' } as const

/** By Patroni's `synchronous_mode`. */
const waits: Readonly<Record<string, string>> = { quorum: 'for any other member', true: 'for another member' }

/** What decides how one member takes over from the other, as it is in force now. */
export async function takeoverAsDeployed(cluster: Cluster): Promise<Deployed> {
  const [shared, versions] = await Promise.all([sharedSettings(cluster), versionsOf(cluster)])
  return {
    members: cluster.members.join(', '),
    lease: `${String(shared['ttl'])} s`,
    look: `${String(shared['loop_wait'])} s`,
    'commits wait': waits[String(shared['synchronous_mode'])] ?? 'for nobody',
    'with one member left': shared['synchronous_mode_strict'] === true ? 'writes wait' : 'writes go on',
    ...versions,
  }
}

/** What decides how old it can be what a reader sees. */
export const readersAsDeployed = (
  { members }: Cluster,
  { reader, replicas }: Pick<DatabaseSettings, 'reader' | 'replicas'>,
): Deployed => ({
  members: members.join(', '),
  replicas: String(replicas),
  'maximum lag': `${seconds(reader.maximumLag)} s`,
})

type Problem = { readonly because: string; readonly next: string }
export type Drilled = { readonly facts: Facts; readonly problem?: Problem }

/** How a record is judged and shown. */
type Judge = {
  readonly shows: (facts: DrillRecord['facts']) => string
  /** Why what was seen is no kept promise; undefined where it is. */
  readonly wrong: (facts: DrillRecord['facts']) => string | undefined
}

/**
 * What the newest record of a drill says of what is deployed now. One of another deployment, or a damaged one, says
 * nothing: then it counts what the check itself sees. One that saw the promise broken counts until a newer one does not.
 */
export async function drilled(records: Records, name: string, of: Deployed, judge: Judge): Promise<Drilled> {
  const title = `${name} drilled`
  const newest = await records.newest(name)
  if (!newest) return { facts: { [title]: `not yet (edge drill ${name})` } }
  if ('damaged' in newest) return { facts: { [title]: `${newest.damaged} is damaged` } }
  const other = difference(newest.of, of)
  if (other !== undefined) return { facts: { [title]: `not since ${other}` } }
  const at = minuteOf(newest.at)
  const facts = { [title]: `${at}: ${judge.shows(newest.facts)}` }
  const wrong = judge.wrong(newest.facts)
  if (wrong === undefined) return { facts }
  return { facts, problem: { because: `when it was tried, ${wrong}`, next: `edge drill ${name} tries it again` } }
}
