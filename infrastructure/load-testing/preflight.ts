import { readFile } from 'node:fs/promises'
import { OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import type { Against } from './against.ts'
import type { LoadTestingEndpoint } from './endpoint.ts'
import { leastIdlePercent } from './judge.ts'
import { idlePercent, processorTimes } from './machine.ts'
import { roomFor } from './room-for.ts'
import { extentOf, mostUsersOf, type ScenarioName, secondsOfJourney, type Shape } from './scenarios/stages.ts'

const lookForMs = 1000

/**
 * Looks before a run for what would make it worthless, and answers what has to be said of it. A smoke test on this
 * instance is short, and is the look itself: a site that does not answer is its verdict, and is recorded.
 * Throws OperatorError where a longer one would measure nothing.
 * @param look at the processors of the machine
 */
export async function preflight(
  endpoint: LoadTestingEndpoint,
  scenario: ScenarioName,
  { shape, against }: { readonly shape: Shape; readonly against: Against | undefined },
  world: World,
  look = processorTimes,
): Promise<readonly string[]> {
  const { thinkTime, journey } = endpoint.settings
  const think = { minimumMs: thinkTime.minimum.milliseconds, maximumMs: thinkTime.maximum.milliseconds }
  const users = shape.users ?? extentOf(scenario).users
  const [files, ports] = await Promise.all([
    readFile('/proc/self/limits', 'utf8'),
    readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'),
  ])
  const most = mostUsersOf(scenario, shape)
  const problem = roomFor({ files, ports }, { users, most }, secondsOfJourney(journey.length, think))
  if (problem) throw new OperatorError('load-test', problem.what, problem.next)
  if (scenario !== 'smoke' || against) await goOnce(endpoint, against)
  const before = await look()
  await world.sleep(lookForMs)
  const free = Math.round(idlePercent(before, await look()))
  if (free >= 100 - leastIdlePercent) return []
  return [`something else runs on this machine: ${free} % of the processors are free before it begins`]
}

/** One visitor goes the whole way, without pauses: the address answers, and the test accounts sign in. */
async function goOnce(endpoint: LoadTestingEndpoint, against: Against | undefined): Promise<void> {
  const { journey, choices, accounts } = endpoint.settings
  const place = against ? placeOf(against) : endpoint.place
  const visitor = await endpoint.visitor(place, {
    ...Object.fromEntries(Object.entries(choices).map(([name, [first = '']]) => [name, first])),
    account: `user-${String(accounts).padStart(4, '0')}`,
    password: against?.password ?? endpoint.password,
  })
  try {
    for (const { name, requests } of journey) {
      for (const request of requests) {
        const problem = await visitor.ask(request)
        if (problem === undefined) continue
        const what = `${name}: ${visitor.pathOf(request)} ${problem}; a load test would measure that alone`
        throw new OperatorError(
          `load-test ${place.site}`,
          what,
          against ? hintsFor(problem) : 'edge verify app says more',
        )
      }
    }
  } finally {
    await visitor.leave()
  }
}

const placeOf = ({ site, ca, connectTo }: Against) => ({
  site,
  ...(ca === undefined ? {} : { ca }),
  ...(connectTo === undefined ? {} : { connectTo }),
})

const hintsFor = (problem: string): readonly string[] => [
  'is the address right?',
  ...(/certificate/i.test(problem) ? ['--ca FILE names the authority that signed its certificate'] : []),
  ...(/\b40[13]\b/.test(problem) ? ['is EDGE_TEST_PASSWORD that of its test accounts?'] : []),
]
