import { z } from 'zod'

const action = z.enum(['add', 'change', 'may replace', 'replace', 'delete', 'leave behind'])
export const change = z.object({
  /** The resource's name in the template. */
  resource: z.string(),
  type: z.string(),
  action,
  /** Properties that differ, and what else of it does. */
  properties: z.array(z.string()),
  /** Policies that kept it, or a snapshot of it, and keep it no longer. */
  noLongerKept: z.array(z.object({ policy: z.string(), was: z.string(), is: z.string() })).optional(),
})
/** A section of the template beside its resources, with the names in it that differ; none where it has no names. */
export const beside = z.object({ section: z.string(), names: z.array(z.string()) })
export type Action = z.output<typeof action>
export type Change = z.output<typeof change>
export type SectionChange = z.output<typeof beside>
