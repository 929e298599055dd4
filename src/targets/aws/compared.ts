import { z } from 'zod'
import type { TemplateContent } from './assembly.ts'

/** What a template says of itself. */
const ofItself = new Set(['Description', 'Metadata'])
/** What a resource says of others that are made before it. */
const ofItsOrder = new Set(['DependsOn'])
const resources = z.record(z.string(), z.record(z.string(), z.unknown()))

/**
 * A template without what CloudFormation calls no change by itself: what it says of itself, and in which order its resources
 * are made (its guide, "Description", "Metadata"). It would fail a change set of nothing else, and a plan would show that
 * change for ever.
 */
export function compared(content: TemplateContent): TemplateContent {
  const kept = without(ofItself, content)
  const { data: all } = resources.safeParse(content['Resources'])
  if (all === undefined) return kept
  const unordered = Object.entries(all).map(([name, resource]) => [name, without(ofItsOrder, resource)] as const)
  return { ...kept, Resources: Object.fromEntries(unordered) }
}

const without = (names: ReadonlySet<string>, all: TemplateContent): TemplateContent =>
  Object.fromEntries(Object.entries(all).filter(([name]) => !names.has(name)))
