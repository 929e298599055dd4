import { eachAtOnce } from './at-once.ts'
import { Interrupted, messageOf } from './errors.ts'
import {
  broken,
  type CheckOf,
  type ChecksFor,
  type Judgement,
  kept,
  measured,
  notClaimed,
  type Verdict,
} from './check.ts'
import type { Guarantee, Guarantees } from './guarantee.ts'
import type { World } from './world.ts'

/** A guarantee with its check, bound to the endpoint that it looks at. */
export type BoundCheck = { readonly guarantee: Guarantee; readonly check: (world: World) => Promise<Verdict> }

/** Binds a room's checks to what it deployed. */
export function bind<G extends Guarantees, Endpoint>(
  guarantees: G,
  checks: ChecksFor<G, Endpoint>,
  endpoint: Endpoint,
): readonly BoundCheck[] {
  return Object.keys(guarantees).flatMap((name) => {
    const [guarantee, check] = [guarantees[name], checks[name]]
    return guarantee && check ? [{ guarantee, check: (world: World) => runCheck(check, endpoint, world) }] : []
  })
}

/** What the check finds at the endpoint; of what has none, why it is not claimed. */
export function runCheck<Endpoint>(check: CheckOf<Endpoint>, endpoint: Endpoint, world: World): Promise<Verdict> {
  if (typeof check === 'function') return check(endpoint, world)
  return Promise.resolve(notClaimed('never' in check ? check.never : `not built yet: ${check.notBuilt}`))
}

/**
 * A check that hangs must not hide the others. One that fills the pool takes 3 s; on two cores that twenty others want as
 * well it took more than 20 s, and called broken what was kept.
 */
const checkTimeoutMs = 60_000
/** Side by side: enough that waiting costs nothing, few enough that a figure is not another check's load. */
const atOnce = 6

/** Runs the checks. One that throws or hangs is broken, never kept. */
export async function verify(
  checks: readonly BoundCheck[],
  world: World,
  onJudgement: (judgement: Judgement, done: number) => void = () => undefined,
): Promise<readonly Judgement[]> {
  let done = 0
  const one = async ({ guarantee, check }: BoundCheck): Promise<Judgement> => {
    const begun = performance.now()
    const verdict = await judge(guarantee, check, world)
    const judgement = { guarantee, verdict, measuredAt: world.now(), milliseconds: performance.now() - begun }
    done += 1
    onJudgement(judgement, done)
    return judgement
  }
  return eachAtOnce(checks, one, atOnce)
}

/** Engines may all be up, and still a file or a folder is not as it should be: a deployment puts back both. */
const nextFor = ({ component }: Guarantee): string =>
  `edge status shows whether an engine is down; edge deploy ${component} puts right what differs`

async function judge(guarantee: Guarantee, check: BoundCheck['check'], world: World): Promise<Verdict> {
  let timer: NodeJS.Timeout | undefined
  const hung = new Promise<Verdict>((resolve) => {
    const because = `the check did not end within ${checkTimeoutMs / 1000} s`
    timer = setTimeout(() => resolve(broken(measured({}), because, nextFor(guarantee))), checkTimeoutMs)
  })
  try {
    return await Promise.race([check(world), hung])
  } catch (error) {
    if (error instanceof Interrupted || world.signal.aborted) throw new Interrupted()
    return broken(measured({}), `the check could not look: ${messageOf(error)}`, nextFor(guarantee))
  } finally {
    clearTimeout(timer)
  }
}

/**
 * A judgement that was written down, as long as it is young enough to stand for what is there now: for checks that take
 * long, where nothing was changed since. It keeps the time at which it was really measured.
 */
export function judgementFrom(json: JudgementJson, guarantee: Guarantee): Judgement {
  const { evidence, because = '', next = '' } = json
  const seen = evidence ?? measured({})
  const verdicts = {
    kept: kept(seen),
    broken: broken(seen, because, next),
    notClaimed: notClaimed(because),
  }
  return { guarantee, verdict: verdicts[json.verdict], measuredAt: new Date(json.measuredAt), milliseconds: json.ms }
}

export type Tally = { readonly kept: number; readonly broken: number; readonly notClaimed: number }

export function tally(judgements: readonly Judgement[]): Tally {
  const of = (is: Verdict['is']): number => judgements.filter(({ verdict }) => verdict.is === is).length
  return { kept: of('kept'), broken: of('broken'), notClaimed: of('notClaimed') }
}

/** The same object everywhere: `edge verify --json`, the history, notifications. */
export function judgementJson({ guarantee, verdict, measuredAt, milliseconds }: Judgement) {
  return {
    id: guarantee.id,
    component: guarantee.component,
    source: guarantee.source,
    says: guarantee.says,
    verdict: verdict.is,
    ...('evidence' in verdict ? { evidence: verdict.evidence } : {}),
    ...('because' in verdict ? { because: verdict.because } : {}),
    ...('next' in verdict ? { next: verdict.next } : {}),
    measuredAt: measuredAt.toISOString(),
    ms: Math.round(milliseconds),
  }
}
export type JudgementJson = ReturnType<typeof judgementJson>
