import { Interrupted } from '../../core/errors.ts'
import type { World } from '../../core/world.ts'
import type { StackWork } from '../../targets/aws/deploy.ts'
import { ProgressScreen } from '../screen/progress.ts'
import { outputFolder } from './stacks.ts'

/** What is done, to which stack, and what its line says at the end. */
type StackChange<Of extends StackWork['stacks'][number]> = Pick<StackWork<Of>, 'define' | 'stacks'> & {
  readonly name: keyof typeof next
  readonly change: (work: StackWork<Of>) => Promise<void>
  readonly detail: string
  readonly silent: boolean
}

/** Changes stacks and shows how far that is. Who interrupts it waits no more; CloudFormation does not stop for that. */
export async function changeStack<Of extends StackWork['stacks'][number]>(
  { name, change, define, stacks, detail, silent }: StackChange<Of>,
  world: World,
): Promise<void> {
  const screen = new ProgressScreen(world.stdout, { silent })
  try {
    const { signal } = world
    await screen.during(
      name,
      async (task) => change({ define, stacks, outdir: await outputFolder(), progress: task.say, signal }),
      () => detail,
    )
  } catch (error) {
    if (error instanceof Interrupted) sayWhatGoesOn(name, stacks, world)
    throw error
  } finally {
    screen.close()
  }
}

const next = {
  deploy: 'edge plan cdn --target aws shows what is left to do when that has ended',
  destroy: 'edge destroy --target aws deletes what is left when that has ended',
} as const

function sayWhatGoesOn(name: keyof typeof next, stacks: StackWork['stacks'], { stderr }: World): void {
  stderr.write('\nCloudFormation goes on by itself with what it has begun:\n')
  for (const { stack } of stacks) {
    stderr.write(`  aws cloudformation describe-stacks --stack-name ${stack} says how far it is\n`)
  }
  stderr.write(`  ${next[name]}\n`)
}
