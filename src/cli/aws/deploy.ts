import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { requireCertificate } from '../../../infrastructure/cdn/aws/certificate.ts'
import { recordInWords, recordOf } from '../../../infrastructure/cdn/aws/own-name.ts'
import { outputs } from '../../../infrastructure/cdn/aws/outputs.ts'
import { exit, type ExitCode, messageOf, OperatorError } from '../../core/errors.ts'
import type { World } from '../../core/world.ts'
import { deployStacks } from '../../targets/aws/deploy.ts'
import type { Drift } from '../../targets/aws/drift.ts'
import { type AwsPlan, writtenPlan } from '../../targets/aws/plan.ts'
import { statusOf } from '../../targets/aws/describe-stack.ts'
import { agreed } from '../ask.ts'
import { words } from '../words.ts'
import type { VerbRun } from '../verb.ts'
import { changeStack } from './change-stack.ts'
import { onlyCdn, skipsCdn } from './only-cdn.ts'
import { openAws, type OpenedAws } from './open.ts'
import { driftsOf, isDeployed, makePlan, showDrift, showPlan } from './plan.ts'

/** Deploys what the plan shows: the one in a file that was looked at before, or the one that is shown now and agreed to. */
export const deploy: VerbRun = async (world, positional, options) => {
  const { file } = argumentsOf(words(positional))
  const json = options['json'] === true
  const nothing = (said: object = {}): ExitCode => {
    if (json) world.stdout.write(`${JSON.stringify({ target: 'aws', changed: 0, ...said }, undefined, 2)}\n`)
    return exit.ok
  }
  if (skipsCdn(options)) {
    if (!json) world.stdout.write('nothing to deploy: on AWS there is only cdn yet, and --skip leaves it out\n')
    return nothing()
  }
  const opened = await openAws(world, options)
  const planned = await makePlan(opened)
  const { length: changed } = planned.stacks.flatMap(({ changes, beside }) => [...changes, ...beside])
  if (file !== undefined) assertSame(await readPlan(resolve(world.cwd, file)), planned, file)
  const drifts = options['revertDrift'] === true ? await driftsToRevert(file, planned, world) : []
  if (!json) showPlan(planned, world.stdout)
  if (!json) for (const drift of drifts) showDrift(drift, world.stdout)
  if (isDeployed(planned.stacks) && drifts.length === 0) return nothing(planned)
  await lookAtCertificate(opened, world)
  if (options['dryRun'] === true) return nothing(planned)
  // Who gives a plan has looked at it, unless --confirm says that somebody is to be asked.
  const asks = options['yes'] !== true && (file === undefined || options['confirm'] === true)
  if (asks && !(await agreed(world, question))) return exit.failed
  const { define } = opened
  const putBack = drifts.length === 0 ? '' : `, ${drifts.length} put back`
  const work = { name: 'deploy', change: deployStacks, detail: `${changed} changes${putBack}`, silent: json } as const
  await changeStack({ ...work, define, stacks: planned.stacks.map((stack) => ({ ...stack, drifts })) }, world)
  const { address, dns } = await deployedAt(planned)
  if (json) {
    world.stdout.write(`${JSON.stringify({ target: 'aws', changed, address, dns }, undefined, 2)}\n`)
    return exit.ok
  }
  const leads = dns ? `  dns         ${recordInWords(dns)}\n` : ''
  world.stdout.write(
    `\n  site        ${address ?? '–'}\n${leads}  edge publish FOLDER --target aws puts a release there\n`,
  )
  return exit.ok
}

/** What a hand changed, to be put back. Throws OperatorError where a plan was given: it says nothing of that. */
function driftsToRevert(file: string | undefined, planned: AwsPlan, world: World): Promise<readonly Drift[]> {
  if (file === undefined) return driftsOf(planned, world)
  const hint = 'edge plan cdn --target aws --drift shows it; edge deploy cdn --target aws --revert-drift'
  throw new OperatorError('--revert-drift', `does more than ${file} shows`, hint, exit.usage)
}

/** Throws OperatorError where the deployment would fail for it. */
async function lookAtCertificate({ configuration, account }: OpenedAws, { now, stderr }: World): Promise<void> {
  const { aws, serve } = configuration
  if (aws.certificate === undefined) return
  const unseen = await requireCertificate({ certificate: aws.certificate, domain: serve.domain, account }, now())
  if (unseen !== undefined) stderr.write(`aws.certificate is not looked at before: ${unseen}\n`)
}

/** Where the site answers now, and the record that leads its own name there. */
async function deployedAt({ stacks: [cdn] }: AwsPlan) {
  const found = cdn && (await statusOf(cdn.stack, cdn.region))
  const address = found?.outputs.get(outputs.address)
  const dns = address === undefined ? undefined : recordOf(address, found?.outputs.get(outputs.distributionName))
  return { address, dns }
}

/** `cdn`, which is all that there is on AWS yet, and the file of a plan, in either order. */
function argumentsOf(given: readonly string[]): { readonly file: string | undefined } {
  const [file, ...more] = given.filter((word) => word !== 'cdn')
  if (more.length === 0 && (file === undefined || /[./]/.test(file))) return { file }
  throw onlyCdn('deploy', given, 'edge deploy cdn --target aws [FILE]')
}

async function readPlan(file: string): Promise<AwsPlan> {
  try {
    return writtenPlan.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    throw new OperatorError(
      file,
      `is no plan: ${messageOf(error)}`,
      'edge plan --target aws --out FILE writes one',
      exit.usage,
    )
  }
}

/** Nothing is done that the plan did not show: neither what was configured since, nor over what was deployed since. */
function assertSame(shown: AwsPlan, now: AwsPlan, file: string): void {
  const key = ({ account, stacks }: AwsPlan): string =>
    JSON.stringify([account, stacks.map(({ stack, before, after }) => [stack, before, after])])
  if (key(shown) === key(now)) return
  const since =
    shown.account !== now.account
      ? `it is for the account ${shown.account}, and this is ${now.account}`
      : shown.stacks.some(({ stack, after }) => now.stacks.find((one) => one.stack === stack)?.after !== after)
        ? 'the configuration was changed since'
        : 'something else was deployed since'
  throw new OperatorError(file, `is not what would be done now: ${since}`, [
    'nothing was deployed',
    `edge plan --target aws --out ${file} shows what it would be now`,
  ])
}

const question = {
  where: 'deploy',
  message: 'Deploy this?',
  inScripts: 'edge plan --target aws --out FILE, then edge deploy cdn --target aws FILE; or --yes',
}
