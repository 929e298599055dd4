import { exit, OperatorError } from '../../core/errors.ts'
import { deployedTemplate } from './deployed-template.ts'
import type { Operator } from './instance.ts'
import type { Placed } from './place.ts'
import { isDeployed, type StackPlan } from './plan.ts'

/** Whoever agrees to it types this on a command line. */
const flag = '--lock-for-good'

type Deployed = typeof deployedTemplate
type Stack = Pick<Placed, 'stack' | 'region' | 'component' | 'forGood'>

/** The stacks of a plan in which something is made that nobody can undo later, and is not there yet. */
async function madeForGood(
  planned: readonly StackPlan[],
  stacks: readonly Stack[],
  deployed: Deployed,
): Promise<readonly Stack[]> {
  const all = await Promise.all(
    stacks.map(async (one) => {
      const plan = planned.find(({ stack }) => stack === one.stack)
      if (one.forGood === undefined || plan === undefined || isDeployed(plan)) return []
      const now = plan.before === null ? {} : await deployed(one.stack, one.region)
      return one.forGood.isIn(now) ? [] : [one]
    }),
  )
  return all.flat()
}

/**
 * Has each stack confirmed by its name in which something is made that nobody can undo later: by the flag, or where somebody
 * can be asked. Throws OperatorError (exit 2) where it is not.
 */
export async function requireConfirmed(
  planned: readonly StackPlan[],
  stacks: readonly Stack[],
  {
    confirmed,
    asks,
    typed,
  }: { readonly confirmed: readonly string[]; readonly asks: boolean } & Pick<Operator, 'typed'>,
  deployed: Deployed = deployedTemplate,
): Promise<void> {
  const unknown = confirmed.find((name) => !stacks.some(({ stack, forGood }) => stack === name && forGood))
  if (unknown !== undefined)
    throw new OperatorError(
      flag,
      `there is nothing in ${unknown} that nobody could undo`,
      'nothing was deployed',
      exit.usage,
    )
  const made = (await madeForGood(planned, stacks, deployed)).filter(({ stack }) => !confirmed.includes(stack))
  const names = made.map(({ stack }) => stack).join(' ')
  for (const { stack, component, forGood } of made) {
    const inScripts = `edge deploy ${component} --target aws ${flag} ${names}`
    const says = forGood?.says ?? ''
    if (!asks) throw new OperatorError(stack, says, ['nothing was deployed', `${inScripts} confirms it`], exit.usage)
    const message = `${stack}: ${says}. Type the name of the stack (${stack}) to have it so:`
    await typed({ where: stack, name: stack, message, otherwise: 'nothing was deployed', inScripts })
  }
}
