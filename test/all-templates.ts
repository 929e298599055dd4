import { withFolder } from './with-folder.ts'
import { schema } from '../src/config/schema.ts'
import { type Template, templatesOf } from '../src/targets/aws/assembly.ts'
import { Outputs } from '../src/targets/aws/outputs.ts'
import { at } from '../src/targets/aws/template.ts'
import { copiesOutputs } from '../infrastructure/backup/aws/outputs.ts'
import { stacksOf } from '../infrastructure/compose-on-aws.ts'
import { outputs as databaseOutputs } from '../infrastructure/database/aws/outputs.ts'
import { outputs as topicOutputs } from '../infrastructure/monitoring/aws/outputs.ts'

export const account = '000000000000'
const topicArn = (severity: string): string => `arn:aws:sns:us-east-1:${account}:trial-${severity}`

/** What the stacks answer that others need. */
const answers = new Map([
  ...Object.values(databaseOutputs).map((name) => [name, name] as const),
  [topicOutputs.critical, topicArn('critical')],
  [topicOutputs.warning, topicArn('warning')],
  [copiesOutputs.vault, `arn:aws:backup:us-west-2:${account}:backup-vault:trial-copies`],
  [copiesOutputs.uploads, 'trial-uploads-copy'],
])
const answered = new Outputs(answers, (name) => {
  throw new Error(`nothing answers ${name}`)
})

/** An instance with somebody who is called by letter, and with a webhook. */
export const configuration = schema.parse({
  name: 'trial',
  target: 'aws',
  site: { static: 'dist', api: { url: 'https://api.example.com', health: '/api/health' } },
  aws: {
    notify: {
      critical: ['ops@example.com'],
      webhookSecret: `arn:aws:secretsmanager:us-east-1:${account}:secret:webhook-0a1b2c`,
    },
  },
})

/** The templates of every stack of it. */
export const allTemplates = (): Promise<readonly Template[]> => {
  const all = stacksOf(configuration, account)
  const given = new Map(all.map(({ stack }) => [stack, answered]))
  return withFolder(async (outdir) =>
    templatesOf((app) => {
      for (const placed of all) placed.define(app, given)
    }, outdir),
  )
}

/** A resource with the stack that it stands in, and its name there. */
export type Found = Template & { readonly logical: string; readonly properties: unknown }
/** All resources of a type. */
export const ofType = (all: readonly Template[], type: string): readonly Found[] =>
  all.flatMap((template) =>
    Object.entries(template.content['Resources'] ?? {})
      .filter(([, one]) => at(one, 'Type') === type)
      .map(([logical, one]) => ({ ...template, logical, properties: at(one, 'Properties') })),
  )
