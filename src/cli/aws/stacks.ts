import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BootstraplessSynthesizer, type IStackSynthesizer } from 'aws-cdk-lib/core'
import { cdnAlarms } from '../../../infrastructure/cdn/alarms.ts'
import { CdnStack, type CdnStackProps } from '../../../infrastructure/cdn/aws/stack.ts'
import { alarmsAt } from '../../../infrastructure/monitoring/alarms.ts'
import type { Configuration } from '../../config/schema.ts'
import { exit, OperatorError } from '../../core/errors.ts'
import type { Define } from '../../targets/aws/assembly.ts'

/** The name of an instance's stack of one room: `production-cdn`. */
export const stackName = (instance: string, room: 'cdn'): string => `${instance}-${room}`

/** The rooms put together for AWS: the one place that knows all of them. */
export function stacksOf(configuration: Configuration, account: string): Define {
  const { name, cdn, site, serve, aws, monitoring } = configuration
  const { certificate, region } = aws
  return (app) => {
    new CdnStack(app, stackName(name, 'cdn'), {
      env: { account, region },
      description: `The CDN of ${name}: made by edge`,
      // Nothing has to be bootstrapped: the template is small enough to be sent itself. (CDK's types are not written for
      // exactOptionalPropertyTypes.)
      synthesizer: new BootstraplessSynthesizer() as IStackSynthesizer,
      name,
      settings: cdn,
      api: apiOf(site),
      own: certificate === undefined ? undefined : { domain: serve.domain, certificate },
      alarms: alarmsAt(monitoring, cdnAlarms),
    })
  }
}

function apiOf({ api }: Configuration['site']): CdnStackProps['api'] {
  if (!api) return undefined
  if ('url' in api) return { url: new URL(api.url), timeout: api.timeout }
  throw new OperatorError(
    'site.api',
    'on AWS the API runs elsewhere for now: CloudFront asks it over HTTPS',
    "site: { api: { url: 'https://api.example.com' } }, or leave site.api out",
    exit.usage,
  )
}

/** A folder for what CDK writes; whoever gets it takes it away. */
export const outputFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'edge-aws-'))
