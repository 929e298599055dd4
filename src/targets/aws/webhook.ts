import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Duration } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { inlineFunction } from './inline-function.ts'

/** What AWS runs. */
export const webhookCode = (): string => readFileSync(join(import.meta.dirname, 'bundled/webhook.cjs'), 'utf8')

/** Of a secret's ARN. */
export const regionOf = (secret: string): string => secret.split(':')[3] ?? ''

/** Passes letters on to a webhook, which confirms nothing to SNS. `secret`: the ARN of what holds its address. */
export function webhook(scope: Construct, name: string, secret: string): IFunction {
  const code = inlineFunction(scope, 'Webhook', {
    functionName: `${name}-webhook`,
    description: 'Passes letters on to a webhook',
    text: webhookCode(),
    timeout: Duration.minutes(1),
    environment: { SECRET: secret, SECRET_REGION: regionOf(secret) },
  })
  code.addToRolePolicy(new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secret] }))
  // CDK's types are not written for exactOptionalPropertyTypes.
  return code as IFunction
}
