import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'

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
