import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation'
import { parse } from 'yaml'
import { z } from 'zod'
import type { TemplateContent } from './assembly.ts'

/** The template that a stack was last deployed with, as it was sent. */
export async function deployedTemplate(stack: string, region: string): Promise<TemplateContent> {
  const client = new CloudFormationClient({ region })
  const { TemplateBody: body = '{}' } = await client.send(
    new GetTemplateCommand({ StackName: stack, TemplateStage: 'Original' }),
  )
  // The toolkit sends YAML, of which JSON is a part.
  return z.record(z.string(), z.unknown()).parse(parse(body))
}
