import { loadConfiguration } from '../config/load.ts'
import type { ComponentName } from '../core/guarantee.ts'
import type { Target } from '../core/target.ts'
import type { World } from '../core/world.ts'
import { currentAccount } from '../targets/aws/account.ts'
import type { Operator } from '../targets/aws/instance.ts'
import { requireRegions } from '../targets/aws/regions.ts'
import { awsTarget } from '../targets/aws/target.ts'
import { agreed, askForName } from './ask.ts'
import { componentsNamed } from './components.ts'
import { documentStepsOf } from './document-steps.ts'
import { project } from './open.ts'
import { stacksOf } from '../../infrastructure/compose-on-aws.ts'
import { ProgressScreen } from './screen/progress.ts'
import { style } from './screen/style.ts'
import { textOption, words } from '../core/options.ts'

const unknownAccount = ''

/** The instance of a configuration on AWS, which is asked for the account when it is needed. */
export async function openOnAws(world: World, options: Readonly<Record<string, unknown>>): Promise<Target> {
  const { configuration } = await loadConfiguration(world, project, textOption(options, 'config'), 'aws')
  requireRegions({ region: configuration.aws.region, copies: configuration.aws.copies })
  const open = async () => {
    const account = await currentAccount(configuration.aws.account, configuration.aws.region)
    const stacks = stacksOf(configuration, account)
    const guarantees = async () => (await import('../../infrastructure/compose.ts')).allGuarantees
    const documentSteps = (components: readonly ComponentName[]) => documentStepsOf(components, 'onAws')
    return { name: configuration.name, account, stacks, guarantees, documentSteps }
  }
  return awsTarget(stacksOf(configuration, unknownAccount), open, operatorOf(world, options))
}

/** Whoever typed the command: shown what is done, and asked. */
function operatorOf(world: World, options: Readonly<Record<string, unknown>>): Operator {
  const isSet = (name: string): boolean => options[name] === true
  return {
    world,
    options: {
      dryRun: isSet('dryRun'),
      yes: isSet('yes'),
      confirm: isSet('confirm'),
      drift: isSet('drift'),
      revertDrift: isSet('revertDrift'),
      buckets: words(options['bucket']),
      forGood: words(options['lockForGood']),
      mayReplace: componentsNamed(options['allowReplacement']),
    },
    during: async (name, work, detail) => {
      const screen = new ProgressScreen(world.stdout, { silent: isSet('json') })
      return screen.during(name, work, detail).finally(() => screen.close())
    },
    show: (lines) => {
      if (!isSet('json')) for (const line of lines(style(world.stdout))) world.stdout.write(`${line}\n`)
    },
    agreed: (question) => agreed(world, question),
    typed: (asked) => askForName(asked, world),
  }
}
