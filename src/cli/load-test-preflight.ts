import { readFile } from 'node:fs/promises'
import { Visitor } from '../../infrastructure/app/visitor.ts'
import { siteClient } from '../../infrastructure/cdn/fetch.ts'
import { loopback } from '../../infrastructure/cdn/site.ts'
import { leastIdlePercent } from '../../infrastructure/load-testing/judge.ts'
import { idlePercent, processorTimes } from '../../infrastructure/load-testing/machine.ts'
import { roomFor } from '../../infrastructure/load-testing/room-for.ts'
import {
  extentOf,
  type ScenarioName,
  secondsOfJourney,
  type Shape,
} from '../../infrastructure/load-testing/scenarios/stages.ts'
import { OperatorError } from '../core/errors.ts'
import { siteTls } from '../targets/local/site-certificate.ts'
import type { Against } from './load-test-against.ts'
import type { Session } from './session.ts'

const answerWithinMs = 10_000
const lookForMs = 1000

/**
 * Looks before a run for what would make it worthless, and answers what has to be said of it. A smoke test on this
 * instance is short, and is the look itself: a site that does not answer is its verdict, and is recorded.
 * Throws OperatorError where a longer one would measure nothing.
 */
export async function preflight(
  session: Session,
  scenario: ScenarioName,
  { shape, against }: { readonly shape: Shape; readonly against: Against | undefined },
): Promise<readonly string[]> {
  const { thinkTime, journey } = session.configuration.loadTesting
  const think = { minimumMs: thinkTime.minimum.milliseconds, maximumMs: thinkTime.maximum.milliseconds }
  const users = shape.users ?? extentOf(scenario).users
  const [files, ports] = await Promise.all([
    readFile('/proc/self/limits', 'utf8'),
    readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'),
  ])
  const problem = roomFor({ files, ports }, users, secondsOfJourney(journey.length, think))
  if (problem) throw new OperatorError('load-test', problem.what, problem.next)
  if (scenario !== 'smoke' || against) await goOnce(session, against)
  const before = await processorTimes()
  await session.world.sleep(lookForMs)
  const free = Math.round(idlePercent(before, await processorTimes()))
  if (free >= 100 - leastIdlePercent) return []
  return [`something else runs on this machine: ${free} % of the processors are free before it begins`]
}

/** One visitor goes the whole way, without pauses: the address answers, and the test accounts sign in. */
async function goOnce({ composed, configuration, instance }: Session, against: Against | undefined): Promise<void> {
  const { journey, choices, accounts } = configuration.loadTesting
  const site = against?.site ?? composed.addresses.site
  const { ca } = siteTls(instance.state, configuration.serve.certificate)
  const isOurs = !against || against.isLoopback
  const client = await siteClient({
    https: site,
    ...(against ? {} : { connectTo: loopback }),
    ...(isOurs && ca !== undefined ? { ca } : {}),
  })
  const places = {
    ...Object.fromEntries(Object.entries(choices).map(([name, [first = '']]) => [name, first])),
    account: `user-${String(accounts).padStart(4, '0')}`,
    password: against?.password ?? composed.testPassword,
  }
  try {
    const visitor = new Visitor(client, site, places)
    for (const { name, requests } of journey) {
      for (const request of requests) {
        const { problem } = await visitor.ask(request, answerWithinMs)
        if (problem === undefined) continue
        const what = `${name}: ${visitor.pathOf(request)} ${problem}; a load test would measure that alone`
        throw new OperatorError(
          `load-test ${site}`,
          what,
          against ? 'is the address right?' : 'edge verify app says more',
        )
      }
    }
  } finally {
    await client.close()
  }
}
