import { readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { App, type IPolicyValidationPlugin, Validations } from 'aws-cdk-lib/core'
import { AwsSolutionsChecks } from 'cdk-nag'
import { z } from 'zod'
import type { World } from '../src/core/world.ts'
import { type Define, templatesOf } from '../src/targets/aws/assembly.ts'
import { pythonProgram } from './python-program.ts'
import { withFolder } from './with-folder.ts'

/** What a validator has against one resource, whether it calls that an error or a warning. */
export type Finding = { readonly rule: string; readonly resource: string; readonly says: string }

const reportForm = z.object({
  pluginReports: z.array(
    z.object({
      violations: z.array(
        z.object({
          ruleName: z.string(),
          description: z.string(),
          violatingConstructs: z.array(z.object({ constructPath: z.string() })),
        }),
      ),
    }),
  ),
})

/** CDK's own validator, which has CloudFormation's schemas. */
export const cloudFormationFindings = (define: Define): Promise<readonly Finding[]> => synthFindings(define, {})

/** cdk-nag's rules of AWS Solutions: what is usual on AWS, and is not done. */
export const nagFindings = (define: Define): Promise<readonly Finding[]> =>
  synthFindings(define, { instead: new AwsSolutionsChecks() })

function synthFindings(
  define: Define,
  { instead }: { readonly instead?: IPolicyValidationPlugin },
): Promise<readonly Finding[]> {
  return withFolder(async (outdir) => {
    const app = new App({
      outdir,
      analyticsReporting: false,
      builtinCloudFormationValidation: instead === undefined,
      context: {
        '@aws-cdk/core:validateAgainstDefaultRules': true,
        // The report is the judge, not the throwing: a value that the schema does not know ranks as a warning there.
        '@aws-cdk/core:failSynthOnValidationErrors': false,
      },
    })
    define(app)
    if (instead) Validations.of(app).addPlugins(instead)
    app.synth()
    const report = reportForm.parse(JSON.parse(await readFile(join(outdir, 'validation-report.json'), 'utf8')))
    return report.pluginReports.flatMap(({ violations }) =>
      violations.flatMap(({ ruleName: rule, description: says, violatingConstructs }) =>
        violatingConstructs.map(({ constructPath }) => ({ rule, resource: shortPath(constructPath), says })),
      ),
    )
  })
}

/** `production-cdn/Store/Resource` is the store. */
const shortPath = (path: string): string =>
  path
    .split('/')
    .slice(1)
    .join('/')
    .replace(/\/Resource$/, '')

const lintForm = z.array(
  z.object({
    Filename: z.string(),
    Rule: z.object({ Id: z.string() }),
    Message: z.string(),
    Location: z.object({ Path: z.array(z.union([z.string(), z.number()])).nullable() }),
  }),
)

/** cfn-lint, which judges what CloudFormation gets; several apps at once, as its start takes most of its time. */
export async function cfnLintFindings(
  defines: readonly Define[],
  world: World,
): Promise<readonly (readonly Finding[])[]> {
  const folder = await pythonProgram('cfn-lint-1.58.0', join(import.meta.dirname, 'cfn-lint/requirements.txt'), world)
  return withFolder(async (outdir) => {
    const files = defines.map((define, index) =>
      templatesOf(define, join(outdir, String(index))).map(({ stack }) =>
        join(outdir, String(index), `${stack}.template.json`),
      ),
    )
    const ran = await world.run([join(folder, 'bin/cfn-lint'), '--format', 'json', '--', ...files.flat()], {
      env: { PYTHONPATH: [folder, world.env['PYTHONPATH']].filter(Boolean).join(delimiter) },
    })
    if (ran.stdout === '') throw new Error(`cfn-lint ended with ${ran.code}: ${ran.stderr}`)
    const found = lintForm.parse(JSON.parse(ran.stdout))
    return files.map((mine) =>
      found
        .filter(({ Filename: file }) => mine.includes(file))
        .map(({ Rule: { Id: rule }, Message: says, Location: { Path: path } }) => ({
          rule,
          resource: (path ?? []).slice(1, 2).join(''),
          says,
        })),
    )
  })
}
