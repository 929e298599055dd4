import { exit, OperatorError } from '../core/errors.ts'
import type { Question } from '../core/screen.ts'
import type { World } from '../core/world.ts'

/** Throws OperatorError (exit 2) where nobody can answer. */
export function requireTerminal(
  world: World,
  { where, message, inScripts }: Omit<Question, 'message'> & { readonly message?: string },
): void {
  if (world.stdinIsTTY && world.stdout.isTTY) return
  // Whoever writes the answer into a script has to know what it agrees to.
  const asked = message === undefined ? [] : [`the question is: ${message}`]
  const what = 'there is no terminal to ask on; nothing was changed'
  throw new OperatorError(where, what, [...asked, `in a script: ${inScripts}`], exit.usage)
}

/** Asks for a yes; whoever only presses Enter has said no, and is told that nothing was changed. */
export async function agreed(world: World, question: Question): Promise<boolean> {
  requireTerminal(world, question)
  // Loaded when there is something to ask.
  const { confirm } = await import('@inquirer/prompts')
  const yes = await confirm({ message: question.message, default: false }, { signal: world.signal })
  if (!yes) world.stdout.write('nothing was changed\n')
  return yes
}

/** A name that somebody types to agree; `otherwise`: what is true when another one was typed. */
type Asked = Question & { readonly name: string; readonly otherwise: string }

/** Asks for a name. Throws OperatorError (exit 2) for another one: that is no answer, but a mistake. */
export async function askForName({ name, otherwise, ...question }: Asked, world: World): Promise<void> {
  requireTerminal(world, question)
  const { input } = await import('@inquirer/prompts')
  const typed = await input({ message: question.message }, { signal: world.signal })
  if (typed === name) return
  throw new OperatorError(question.where, `"${typed}" is not "${name}"; ${otherwise}`, [], exit.usage)
}
