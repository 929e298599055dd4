import { CloudFormationClient, DescribeStacksCommand, GetTemplateCommand } from '@aws-sdk/client-cloudformation'
import { fullDiff, ResourceImpact } from '@aws-cdk/cloudformation-diff'
import { parse } from 'yaml'
import { z } from 'zod'
import { type Template, type TemplateContent, templateHash } from './assembly.ts'

const action = z.enum(['add', 'change', 'may replace', 'replace', 'delete', 'leave behind'])

const stackPlan = z.object({
  stack: z.string(),
  region: z.string(),
  /** Hash of the template that is deployed; null where there is none yet. */
  before: z.string().nullable(),
  after: z.string(),
  changes: z.array(
    z.object({
      /** The resource's name in the template. */
      resource: z.string(),
      type: z.string(),
      action,
      /** Properties that differ. */
      properties: z.array(z.string()),
    }),
  ),
})
export const writtenPlan = z.object({ instance: z.string(), account: z.string(), stacks: z.array(stackPlan) })

export type Action = z.output<typeof action>
export type StackPlan = Readonly<z.output<typeof stackPlan>>
/** What a deployment would change; `edge plan --out FILE` writes it, and `edge deploy FILE` does that and no more. */
export type AwsPlan = Readonly<z.output<typeof writtenPlan>>

/** Compares a template with what is deployed. */
export async function planOf(template: Template): Promise<StackPlan> {
  const deployed = await deployedTemplate(template)
  return {
    stack: template.stack,
    region: template.region,
    before: deployed === undefined ? null : templateHash(deployed),
    after: templateHash(template.content),
    changes: changesBetween(deployed ?? {}, template.content),
  }
}

const actions: Readonly<Partial<Record<ResourceImpact, Action>>> = {
  [ResourceImpact.WILL_CREATE]: 'add',
  [ResourceImpact.WILL_UPDATE]: 'change',
  [ResourceImpact.MAY_REPLACE]: 'may replace',
  [ResourceImpact.WILL_REPLACE]: 'replace',
  [ResourceImpact.WILL_DESTROY]: 'delete',
  [ResourceImpact.WILL_ORPHAN]: 'leave behind',
}

export function changesBetween(before: TemplateContent, after: TemplateContent): StackPlan['changes'] {
  const { resources } = fullDiff({ ...before }, { ...after })
  const changes: StackPlan['changes'] = []
  resources.forEachDifference((resource, difference) => {
    const does = actions[difference.changeImpact]
    if (does === undefined) return
    const properties = does === 'add' || does === 'delete' ? [] : Object.keys(difference.propertyUpdates)
    changes.push({ resource, type: String(difference.resourceType), action: does, properties })
  })
  return changes
}

async function deployedTemplate({ stack, region }: Template): Promise<TemplateContent | undefined> {
  const client = new CloudFormationClient({ region })
  if ((await statusOf(stack, region)) === undefined) return undefined
  const { TemplateBody: body = '{}' } = await client.send(
    new GetTemplateCommand({ StackName: stack, TemplateStage: 'Original' }),
  )
  // The toolkit sends YAML, of which JSON is a part.
  return z.record(z.string(), z.unknown()).parse(parse(body))
}

/** A stack as CloudFormation has it; undefined where there is none, or where its very first deployment was rolled back. */
export async function statusOf(stack: string, region: string) {
  const client = new CloudFormationClient({ region })
  const { Stacks: [found] = [] } = await client
    .send(new DescribeStacksCommand({ StackName: stack }))
    .catch((error: unknown) => {
      if (error instanceof Error && /does not exist/.test(error.message)) return { Stacks: [] }
      throw error
    })
  const status = found?.StackStatus
  if (found === undefined || status === undefined || absent.has(status)) return undefined
  const outputs = (found.Outputs ?? []).flatMap(({ OutputKey: key, OutputValue: value }) =>
    key === undefined || value === undefined ? [] : [[key, value] as const],
  )
  return { status, outputs: new Map(outputs) }
}

const absent = new Set(['ROLLBACK_COMPLETE', 'REVIEW_IN_PROGRESS', 'DELETE_COMPLETE'])
