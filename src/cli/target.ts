import { spawn } from 'node:child_process'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { loadConfiguration } from '../config/load.ts'
import { exit, type ExitCode, OperatorError } from '../core/errors.ts'
import { succeeded } from '../core/succeeded.ts'
import type { Target } from '../core/target.ts'
import type { World } from '../core/world.ts'
import { awsRefusal } from '../targets/aws/refusal.ts'
import { project } from './open.ts'
import { textOption } from '../core/options.ts'
import type { VerbRun } from '../core/verb.ts'

/** The target of a command: the verb table put its name among the options. */
export async function openTarget(world: World, options: Readonly<Record<string, unknown>>): Promise<Target> {
  if (options['target'] === 'aws') return (await import('./on-aws.ts')).openOnAws(world, options)
  return (await import('./local/target.ts')).localTarget(world, options)
}

/** Whether a command is for AWS: by its `--target`, else by the configuration. Throws OperatorError for any other target. */
export async function isForAws(world: World, options: Readonly<Record<string, unknown>>): Promise<boolean> {
  const named = textOption(options, 'target')
  if (named === 'aws' || named === 'local') return named === 'aws'
  if (named !== undefined) {
    throw new OperatorError('--target', `must be local or aws (got ${named})`, 'edge plan --target aws', exit.usage)
  }
  // A site of somebody else has no configuration of ours.
  if (textOption(options, 'url') !== undefined) return false
  return (await loadConfiguration(world, project, textOption(options, 'config'))).configuration.target === 'aws'
}

/**
 * The verb where CDK and the SDK are there; else the same command line through the door of `root`, which brings them first.
 * What AWS refuses it is said as such, wherever in the verb that was.
 */
export async function withAwsPackages(
  world: World,
  load: () => Promise<VerbRun>,
  root: string = project,
): Promise<VerbRun> {
  const there = await succeeded(access(join(root, 'node_modules/aws-cdk-lib/package.json')))
  if (!there) return () => againThroughTheDoor(world, root)
  const run = await load()
  return (...given) =>
    run(...given).catch((error: unknown) => {
      throw awsRefusal(error) ?? error
    })
}

function againThroughTheDoor(world: World, root: string): Promise<ExitCode> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, 'edge'), [...world.argv], {
      stdio: 'inherit',
      cwd: world.cwd,
      env: { ...world.env, EDGE_PACKAGES: 'all' },
    })
    // A terminal tells both; whoever ends this process alone would leave the other at work.
    const end = (): boolean => child.kill('SIGTERM')
    world.signal.addEventListener('abort', end, { once: true })
    child.once('error', reject)
    child.once('close', (code) => {
      world.signal.removeEventListener('abort', end)
      resolve(world.signal.aborted ? exit.interrupted : exitOf(code))
    })
  })
}

/** Without a code it was a signal that ended it: that is no failure of what it did. */
function exitOf(code: number | null): ExitCode {
  if (code === null || code === exit.interrupted) return exit.interrupted
  return code === exit.ok || code === exit.usage ? code : exit.failed
}
