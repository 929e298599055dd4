import { CloudFormationClient, DescribeStacksCommand, GetTemplateCommand } from '@aws-sdk/client-cloudformation'
import { parse } from 'yaml'
import { z } from 'zod'
import { type Template, type TemplateContent, templateHash } from './assembly.ts'
import { change, changesBetween } from './changes.ts'

const stackPlan = z.object({
  stack: z.string(),
  region: z.string(),
  /** As CloudFormation says it; not there where it knows of no such stack. */
  status: z.string().optional(),
  /** Hash of the template that is deployed; null where there is none yet. */
  before: z.string().nullable(),
  after: z.string(),
  changes: z.array(change),
})
export const writtenPlan = z.object({ instance: z.string(), account: z.string(), stacks: z.array(stackPlan) })

export type StackPlan = Readonly<z.output<typeof stackPlan>>
/** What a deployment would change; `edge plan --out FILE` writes it, and `edge deploy FILE` does that and no more. */
export type AwsPlan = Readonly<z.output<typeof writtenPlan>>

/** Compares a template with what is deployed. */
export async function planOf(template: Template): Promise<StackPlan> {
  const { stack, region, content } = template
  const found = await describedStack(stack, region)
  const deployed = found === undefined || absent.has(found.status) ? undefined : await deployedTemplate(template)
  return {
    stack,
    region,
    ...(found === undefined ? {} : { status: found.status }),
    before: deployed === undefined ? null : templateHash(deployed),
    after: templateHash(content),
    changes: [...(await changesBetween(deployed ?? {}, content))],
  }
}

async function deployedTemplate({ stack, region }: Template): Promise<TemplateContent> {
  const client = new CloudFormationClient({ region })
  const { TemplateBody: body = '{}' } = await client.send(
    new GetTemplateCommand({ StackName: stack, TemplateStage: 'Original' }),
  )
  // The toolkit sends YAML, of which JSON is a part.
  return z.record(z.string(), z.unknown()).parse(parse(body))
}

/** A stack as CloudFormation has it; undefined where there is none, or where its very first deployment was rolled back. */
export async function statusOf(stack: string, region: string) {
  const found = await describedStack(stack, region)
  return found === undefined || absent.has(found.status) ? undefined : found
}

/** A stack as CloudFormation has it, whatever there is of it; undefined where it knows of none. */
async function describedStack(stack: string, region: string) {
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
const absent = new Set(['ROLLBACK_COMPLETE', 'REVIEW_IN_PROGRESS', 'DELETE_COMPLETE'])
