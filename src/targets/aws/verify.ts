import { broken, type Judgement, measured } from '../../core/check.ts'
import type { Guarantee } from '../../core/guarantee.ts'
import type { Choose, Verified } from '../../core/target.ts'
import { type BoundCheck, runCheck, verify as judge } from '../../core/verify.ts'
import type { World } from '../../core/world.ts'
import { outputsOf } from './describe-stack.ts'
import type { AwsInstance } from './instance.ts'
import { inOrder } from './order.ts'
import type { AllOutputs, Look, Placed, Proven } from './place.ts'

const isProven = (placed: Placed | Proven): placed is Proven => 'look' in placed

/**
 * Proves the guarantees on what is deployed. Of a room that has no stack yet none is claimed; of one whose stack is not
 * deployed each is broken. Throws OperatorError where nothing is deployed at all.
 */
export async function verifyOnAws(
  { stacks, guarantees }: AwsInstance,
  choose: Choose,
  world: World,
): Promise<Verified> {
  const chosen = choose((await guarantees()).map((guarantee) => withoutStack(guarantee, stacks)))
  // Others are not even asked for: whoever verifies the CDN alone needs no right to the rest.
  const proven = stacks
    .filter(isProven)
    .filter(({ component }) => chosen.some(({ guarantee }) => guarantee.component === component))
  const looks = await lookAt(proven, await outputsOf(inOrder(proven)), world)
  try {
    const bound = new Map(looks.flatMap(({ checks }) => checks).map((one) => [one.guarantee.id, one]))
    const judged = await judge(
      chosen.map((one) => bound.get(one.guarantee.id) ?? one),
      world,
    )
    const judgements = judged.map((judgement) => seenBy(looks, withNextOnAws(judgement)))
    // Who asks for one guarantee has no question beside it.
    const whole = looks.filter(({ checks }) => checks.every((one) => isChosen(one, chosen)))
    const amiss = (await Promise.all(whole.map((one) => one.amiss()))).flat()
    return { judgements, lines: () => [], isDown: false, amiss }
  } finally {
    for (const { close } of looks) close()
  }
}

const isChosen = ({ guarantee }: BoundCheck, chosen: readonly BoundCheck[]): boolean =>
  chosen.some((one) => one.guarantee.id === guarantee.id)

/** Each room that is deployed. Throws OperatorError where none is. */
async function lookAt(proven: readonly Proven[], outputs: AllOutputs, world: World): Promise<readonly Look[]> {
  const there = proven.filter(({ stack }) => outputs.has(stack))
  return Promise.all((there.length > 0 ? there : proven).map(({ look }) => look(outputs, world)))
}

const seenBy = (looks: readonly Look[], judgement: Judgement): Judgement => {
  const its = looks.find(({ checks }) => checks.some(({ guarantee }) => guarantee.id === judgement.guarantee.id))
  return its ? its.seen(judgement) : judgement
}

/** What is said of a guarantee as long as nothing can be looked at. */
function withoutStack(guarantee: Guarantee, stacks: AwsInstance['stacks']): BoundCheck {
  const { component } = guarantee
  const its = stacks.find((one) => isProven(one) && one.component === component)
  const check = its
    ? () =>
        Promise.resolve(broken(measured({}), `${its.stack} is not deployed`, `edge deploy ${component} --target aws`))
    : { notBuilt: `${component} on AWS` }
  return { guarantee, check: (world) => runCheck(check, {}, world) }
}

/** Verbs and engines of one machine, where a check advises them; what it says of releases holds on AWS, too. */
const forOneMachine = /\bedge (deploy|logs|status|up)\b(?!.*--target aws)/

/** What the checks advise for one machine, as it is on AWS. */
export function withNextOnAws(judgement: Judgement): Judgement {
  const { verdict, guarantee } = judgement
  if (verdict.is !== 'broken' || !forOneMachine.test(verdict.next)) return judgement
  const { component } = guarantee
  const next = `edge plan ${component} --target aws --drift shows what a hand changed; edge deploy ${component} --target aws --revert-drift puts it back`
  return { ...judgement, verdict: { ...verdict, next } }
}
