import { broken, type Check, kept, measured, notClaimed } from '../../src/core/check.ts'
import { succeeded } from '../../src/core/succeeded.ts'
import { type Duration, show } from '../../src/core/units.ts'
import type { World } from '../../src/core/world.ts'
import { balancerPaths, loads } from '../../src/engines/balancer.ts'
import { assertUnlocked } from '../../src/targets/local/lock.ts'
import type { AppEndpoint } from './endpoint.ts'
import { cutIn, isClean, lastReplacement, type Replacement, showReplacement, undrained } from './replacements.ts'

/** By the record of the newest replacement: a check must not replace what visitors use. */
export const drains: Check<AppEndpoint> = async ({ machine, api }, world) => {
  if (!api?.own) return notClaimed('edge runs no process of an API here, and replaces none')
  const last = await lastReplacement(machine.state)
  const next = 'the next publish --api, rollback or deploy measures it'
  if (!last) return notClaimed(`no process was replaced yet: ${next}`)
  if ('damaged' in last) return notClaimed(`${last.damaged} is damaged: ${next}`)
  const evidence = measured({
    at: last.at,
    verb: last.verb,
    cut: cutIn(last),
    inFlight: last.processes.map(({ engine, inFlight, left }) => `${engine}: ${inFlight}, ${left} when told to end`),
    waitedMs: last.processes.map(({ engine, waitedMs }) => `${engine}: ${waitedMs}`),
    ownRequests: last.own.asked,
    ownFailed: last.own.failed,
  })
  const out = await leftOut(machine.state, world)
  if (out.length > 0) {
    const because = `${out.join(', ')} gets no requests, though nothing is being replaced: a run was killed`
    return broken(evidence, because, 'edge deploy app')
  }
  const what = `edge ${last.verb} of ${last.at}: ${showReplacement(last)}`
  if (!isClean(last)) return broken(evidence, what, advice(last, api.own.drain))
  // So it is when an earlier version's nginx leads past the balancer, or no other process answered.
  return undrained(last).length > 0 ? notClaimed(`${what}; the next replacement measures it`) : kept(evidence)
}

/** Processes that somebody took out and did not put back; none while a command is at work, which may be about to. */
async function leftOut(state: string, world: World): Promise<readonly string[]> {
  const idle = await succeeded(assertUnlocked(state, world))
  const all = idle ? await loads(balancerPaths({ state }).admin).catch(() => undefined) : undefined
  return [...(all ?? [])].flatMap(([name, { isOut }]) => (isOut ? [name] : []))
}

function advice({ processes, own }: Replacement, drain: Duration): string {
  if (processes.some(({ left }) => left > 0))
    return `requests take longer than site.api.drain (${show(drain)}): give them more, then edge publish --api or deploy`
  return own.first === undefined ? 'edge logs api1; edge logs nginx' : `${own.first}; edge logs nginx`
}
