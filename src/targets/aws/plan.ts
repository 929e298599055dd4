import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation'
import { parse } from 'yaml'
import { z } from 'zod'
import { type Template, type TemplateContent, templateHash } from './assembly.ts'
import { beside, change } from './change.ts'
import { changesBeside, changesBetween } from './changes.ts'
import { absent, describedStack } from './describe-stack.ts'

const stackPlan = z.object({
  stack: z.string(),
  region: z.string(),
  /** As CloudFormation says it; not there where it knows of no such stack. */
  status: z.string().optional(),
  /** Hash of the template that is deployed; null where there is none yet. */
  before: z.string().nullable(),
  after: z.string(),
  /** What becomes of each resource. */
  changes: z.array(change),
  /** What else is another than in the template that is deployed. A plan of an older version does not say so. */
  beside: z.array(beside).default([]),
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
    beside: deployed === undefined ? [] : [...changesBeside(deployed, content)],
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
