import { z } from 'zod'
import { type Define, inFolder, type Template, templateHash, templatesOf } from './assembly.ts'
import { beside, change } from './change.ts'
import { changesBetween, sectionChanges } from './changes.ts'
import { compared } from './compared.ts'
import { deployedTemplate } from './deployed-template.ts'
import { absent, describedStack, outputsOf } from './describe-stack.ts'
import { hosted, hostedBetween } from './hosted-rotation.ts'
import { inOrder, waitsFor } from './order.ts'
import type { Placed } from './place.ts'
import { partsOf } from './template-address.ts'
import { requireKeptLetters } from './template-letters.ts'
import { requireSmallEnough } from './template-size.ts'

const stackPlan = z.object({
  stack: z.string(),
  region: z.string(),
  /** Whose stack it is. A plan of an older version does not say so. */
  component: z.string().optional(),
  /** As CloudFormation says it; not there where it knows of no such stack. */
  status: z.string().optional(),
  /** Hash of the template that is deployed; null where there is none yet. */
  before: z.string().nullable(),
  /** Null where it cannot be said yet: `waitsFor` names the stacks that have to be there first. */
  after: z.string().nullable(),
  waitsFor: z.array(z.string()).optional(),
  /** What becomes of each resource. */
  changes: z.array(change),
  /** What CloudFormation adds by itself, takes away, or may change. A plan of an older version does not say so. */
  hosted: z.array(hosted).optional(),
  /** What else is another than in the template that is deployed. A plan of an older version does not say so. */
  beside: z.array(beside).default([]),
  /** What its template goes through; not there where that is sent itself. */
  bucket: z.string().optional(),
})
export const writtenPlan = z.object({ instance: z.string(), account: z.string(), stacks: z.array(stackPlan) })

export type StackPlan = Readonly<z.output<typeof stackPlan>>
/** What a deployment would change; `edge plan --out FILE` writes it, and `edge deploy FILE` does that and no more. */
export type AwsPlan = Readonly<z.output<typeof writtenPlan>>

/** Whether a deployment of it would change nothing at all: also what only the stack itself says may be missed by a verb. */
export const isDeployed = ({ before, after }: StackPlan): boolean => before !== null && before === after

/**
 * Compares stacks with what is deployed. Of one that needs what is not there yet, nothing is shown but that it waits. Throws
 * OperatorError for a template that CloudFormation would not take.
 */
export async function planOf(stacks: readonly Placed[]): Promise<readonly StackPlan[]> {
  const outputs = await outputsOf(inOrder(stacks.flatMap(({ needs }) => needs)))
  const isReady = (placed: Placed): boolean => waitsFor(placed, outputs).length === 0
  const define: Define = (app) => {
    for (const placed of stacks.filter(isReady)) placed.define(app, outputs)
  }
  const templates = await inFolder((outdir) => Promise.resolve(templatesOf(define, outdir)))
  for (const template of templates) {
    requireKeptLetters(template)
    requireSmallEnough(template)
  }
  return Promise.all(
    stacks.map(async (placed) => {
      const template = templates.find(({ stack }) => stack === placed.stack)
      const planned = await compare(placed, template)
      return template === undefined ? { ...planned, waitsFor: [...waitsFor(placed, outputs)] } : planned
    }),
  )
}

/** Compares a template with what is deployed. */
async function compare({ stack, region, component }: Lies, template: Template | undefined): Promise<StackPlan> {
  const { address } = template ?? {}
  const content = template && compared(template.content)
  const found = await describedStack(stack, region)
  const deployed =
    found === undefined || absent.has(found.status) ? undefined : compared(await deployedTemplate(stack, region))
  return {
    stack,
    region,
    component,
    ...(found === undefined ? {} : { status: found.status }),
    before: deployed === undefined ? null : templateHash(deployed),
    after: content === undefined ? null : templateHash(content),
    changes: content === undefined ? [] : [...(await changesBetween(deployed ?? {}, content))],
    hosted: content === undefined ? [] : hostedBetween(deployed ?? {}, content),
    beside: deployed === undefined || content === undefined ? [] : [...sectionChanges(deployed, content)],
    ...(address === undefined ? {} : { bucket: partsOf(address).bucket }),
  }
}
type Lies = { readonly stack: string; readonly region: string; readonly component: string }
