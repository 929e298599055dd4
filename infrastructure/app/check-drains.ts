import { broken, type Check, kept, measured, notClaimed } from '../../src/core/check.ts'
import { type Duration, show } from '../../src/core/units.ts'
import type { AppEndpoint } from './endpoint.ts'
import { cutIn, isClean, lastReplacement, type Replacement, showReplacement } from './replacements.ts'

/** By the record of the newest replacement: a check must not replace what visitors use. */
export const drains: Check<AppEndpoint> = async ({ machine, drain }) => {
  if (!drain) return notClaimed('edge runs no process of an API here, and replaces none')
  const last = await lastReplacement(machine.state)
  if (!last) return notClaimed('no process was replaced yet: the next publish --api, rollback or deploy measures it')
  const evidence = measured({
    at: last.at,
    verb: last.verb,
    cut: cutIn(last),
    inFlight: last.processes.map(({ engine, inFlight, left }) => `${engine}: ${inFlight}, ${left} when told to end`),
    waitedMs: last.processes.map(({ engine, waitedMs }) => `${engine}: ${waitedMs}`),
    ownRequests: last.own.asked,
    ownFailed: last.own.failed,
  })
  if (isClean(last)) return kept(evidence)
  return broken(evidence, `edge ${last.verb} of ${last.at}: ${showReplacement(last)}`, advice(last, drain))
}

function advice({ processes, own }: Replacement, drain: Duration): string {
  if (processes.some(({ drained }) => !drained)) return 'edge deploy cdn, which leads requests through the balancer'
  if (processes.some(({ left }) => left > 0))
    return `requests take longer than site.api.drain (${show(drain)}): give them more, then edge publish --api or deploy`
  return own.first === undefined ? 'edge logs api1; edge logs nginx' : `${own.first}; edge logs nginx`
}
