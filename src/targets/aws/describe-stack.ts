import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { MissingOutput, Outputs } from './outputs.ts'

/** The name of an instance's stack: `production-cdn`. */
export const stackName = (instance: string, name: string): string => `${instance}-${name}`

/** A stack as CloudFormation has it; undefined where there is none, or where its very first deployment was rolled back. */
export async function statusOf(stack: string, region: string) {
  const found = await describedStack(stack, region)
  return found === undefined || absent.has(found.status) ? undefined : found
}

/** A stack as CloudFormation has it, whatever there is of it; undefined where it knows of none. */
export async function describedStack(stack: string, region: string) {
  const client = new CloudFormationClient({ region })
  const { Stacks: [found] = [] } = await client
    .send(new DescribeStacksCommand({ StackName: stack }))
    .catch((error: unknown) => {
      if (error instanceof Error && /does not exist/.test(error.message)) return { Stacks: [] }
      throw error
    })
  const status = found?.StackStatus
  if (found === undefined || status === undefined) return undefined
  const outputs = (found.Outputs ?? []).flatMap(({ OutputKey: key, OutputValue: value }) =>
    key === undefined || value === undefined ? [] : [[key, value] as const],
  )
  return { status, outputs: new Map(outputs) }
}

/** Statuses of a stack of which there is nothing. */
export const absent = new Set(['ROLLBACK_COMPLETE', 'REVIEW_IN_PROGRESS', 'DELETE_COMPLETE'])

/** Statuses of a stack whose first deployment has not ended well: it answers nothing, and serves nobody. */
const neverWhole = new Set(['CREATE_IN_PROGRESS', 'CREATE_FAILED', 'ROLLBACK_IN_PROGRESS', 'ROLLBACK_FAILED'])

type Lying = { readonly stack: string; readonly region: string; readonly component: string }

/** What stacks answer, by their names; those that are not deployed, or never were as a whole, are left out. */
export async function outputsOf(stacks: readonly Lying[]): Promise<ReadonlyMap<string, Outputs>> {
  const found = await Promise.all(stacks.map(async (one) => [one, await statusOf(one.stack, one.region)] as const))
  return new Map(
    found.flatMap(([one, its]) =>
      its && !neverWhole.has(its.status) ? [[one.stack, answersOf(one, its.outputs)] as const] : [],
    ),
  )
}

/** What one stack answers. Throws MissingOutput where it is not deployed. */
export async function deployedOutputs(one: Lying, account: string): Promise<Outputs> {
  const answers = (await outputsOf([one])).get(one.stack)
  if (answers) return answers
  throw notDeployed(one, account)
}

export const notDeployed = ({ stack, region, component }: Lying, account: string): MissingOutput =>
  new MissingOutput(stack, `is not deployed (account ${account}, ${region})`, `edge deploy ${component} --target aws`)

const answersOf = ({ stack, region, component }: Lying, values: ReadonlyMap<string, string>): Outputs =>
  new Outputs(values, (name) => {
    const what = `has no output ${name}: another version deployed it (${region})`
    return new MissingOutput(stack, what, `edge deploy ${component} --target aws`)
  })
