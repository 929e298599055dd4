import { spawn } from 'node:child_process'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { loadConfiguration } from '../config/load.ts'
import { exit, type ExitCode, OperatorError } from '../core/errors.ts'
import type { World } from '../core/world.ts'
import { project, textOption } from './open.ts'
import type { VerbRun } from './verbs.ts'

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

/** The verb where CDK and the SDK are there; else the same command line through the door, which brings them first. */
export async function withAwsPackages(world: World, load: () => Promise<VerbRun>): Promise<VerbRun> {
  const there = await access(join(project, 'node_modules/aws-cdk-lib/package.json')).then(
    () => true,
    () => false,
  )
  return there ? load() : () => againThroughTheDoor(world)
}

function againThroughTheDoor(world: World): Promise<ExitCode> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(project, 'edge'), [...world.argv], {
      stdio: 'inherit',
      cwd: world.cwd,
      env: { ...world.env, EDGE_PACKAGES: 'all' },
    })
    child.once('error', reject)
    child.once('close', (code) => resolve(code === 0 ? exit.ok : code === 2 ? exit.usage : exit.failed))
  })
}
