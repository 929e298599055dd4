import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, type AppProps } from 'aws-cdk-lib/core'

/** Puts the stacks of a configuration into an app. */
export type Define = (app: App) => void

/** What CloudFormation gets for one stack. */
export type Template = {
  readonly stack: string
  readonly region: string
  readonly content: TemplateContent
  /** Where CloudFormation finds it; undefined where it is sent itself. */
  readonly address: string | undefined
}
export type TemplateContent = Readonly<Record<string, unknown>>

/** Nothing is looked up, and nothing is told to anybody about who made the template. */
const quiet: AppProps = { analyticsReporting: false, treeMetadata: false, stackTraces: false }

/** An app that checks nothing itself: the tests do, with all its rules; that costs four seconds each time. */
export const appAt = ({ context, ...given }: AppProps & { readonly outdir: string }): App =>
  new App({ ...quiet, ...given, ...withoutValidation, context: { ...context, ...withoutMetadata } })
// The toolkit asks for it, and a plan without the toolkit would then differ from what was deployed.
const withoutMetadata = { 'aws:cdk:enable-path-metadata': false, 'aws:cdk:enable-asset-metadata': false }
const withoutValidation = { builtinCloudFormationValidation: false }

/** Has a folder for what CDK writes, which is taken away after. */
export async function inFolder<Result>(use: (outdir: string) => Promise<Result>): Promise<Result> {
  const outdir = await mkdtemp(join(tmpdir(), 'edge-aws-'))
  return use(outdir).finally(() => rm(outdir, { recursive: true, force: true }))
}

/** The templates of a configuration's stacks, made in `outdir`. */
export function templatesOf(define: Define, outdir: string): readonly Template[] {
  const app = appAt({ outdir })
  define(app)
  return app.synth().stacks.map(({ stackName, environment, template, stackTemplateAssetObjectUrl: address }) => ({
    stack: stackName,
    region: environment.region,
    // Any to CDK, which has just written it: the sections of a template by their names.
    content: template as TemplateContent,
    address,
  }))
}

/** Two templates with one hash are the same to CloudFormation. */
export const templateHash = (content: TemplateContent): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(content)))
    .digest('hex')
    .slice(0, 16)

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  )
}
