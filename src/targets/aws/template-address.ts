import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BootstraplessSynthesizer, type ISynthesisSession } from 'aws-cdk-lib/core'
import type { TemplateContent } from './assembly.ts'
import { asSent, largestSent } from './template-size.ts'

type Where = { readonly instance: string; readonly account: string; readonly region: string }

/** An object in a bucket. */
export type Address = { readonly bucket: string; readonly key: string }

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * The bucket that CloudFormation reads an instance's large templates from. A name is of one account and one region in all of
 * AWS; with an instance's name of 40 characters it has the 63 that S3 takes, of which an account and a region would need 26.
 */
export const templateBucket = ({ instance, account, region }: Where): string =>
  `${instance}-templates-${sha256(`${account} ${region}`).slice(0, 12)}`

/** Where a template lies for CloudFormation, as the toolkit has it: by its content. Undefined where it is sent itself. */
export function addressOf(content: TemplateContent, stack: string, where: Where): string | undefined {
  const text = asSent(content)
  if (Buffer.byteLength(text) <= largestSent) return undefined
  return `s3://${templateBucket(where)}/${stack}/${sha256(text)}.yaml`
}

/** The parts of such an address. */
export function partsOf(address: string): Address {
  const { hostname: bucket, pathname } = new URL(address)
  return { bucket, key: pathname.slice(1) }
}

/**
 * Says of a template that is too large to be sent itself where CloudFormation finds it, whoever puts it there. Nothing has to
 * be bootstrapped: CDK's own bucket is neither asked for nor used.
 */
export class OwnSynthesizer extends BootstraplessSynthesizer {
  // Not of the language's own private fields: CDK works with an object that inherits from this one.
  private readonly where: Where

  constructor(where: Where) {
    super()
    this.where = where
  }

  override synthesize(session: ISynthesisSession): void {
    this.synthesizeTemplate(session)
    const { templateFile, stackName } = this.boundStack
    // CDK has just written it: the sections of a template by their names.
    const content = JSON.parse(readFileSync(join(session.assembly.outdir, templateFile), 'utf8')) as TemplateContent
    const address = addressOf(content, stackName, this.where)
    this.emitArtifact(session, address === undefined ? {} : { stackTemplateAssetObjectUrl: address })
  }
}
