import { z } from 'zod'

const columnSchema = z.object({
  /** As PostgreSQL writes it: `character varying(20)`. */
  type: z.string(),
  nullable: z.boolean(),
  /** A row that names no value for it has one: a default, an identity, an expression. */
  filled: z.boolean(),
})

const relationSchema = z.object({
  kind: z.enum(['table', 'view', 'sequence']),
  columns: z.record(z.string(), columnSchema),
  /** What the API's role may do with it. */
  allowed: z.array(z.string()),
})

/** What a program can ask of a database: relations and functions by their names, with their schemas. */
export const catalogueSchema = z.object({
  relations: z.record(z.string(), relationSchema),
  /** `public.price(integer)` → what it returns. */
  functions: z.record(z.string(), z.string()),
})
export type Catalogue = z.output<typeof catalogueSchema>
export type Column = z.output<typeof columnSchema>
type Relation = z.output<typeof relationSchema>

/** Something that a program written for the schema before may miss: its name (`public.notes.text`), and what became of it. */
export type Loss = { readonly name: string; readonly what: string }

/**
 * What the schema after no longer has, or takes less of, than the one before. Empty for a schema that only expanded: a
 * program of before goes on with it. Constraints and triggers are not looked at.
 */
export function lossesBetween(before: Catalogue, after: Catalogue): readonly Loss[] {
  const relations = Object.entries(before.relations).flatMap(([name, relation]) =>
    relationLosses(name, relation, known(after.relations, name)),
  )
  const functions = Object.entries(before.functions).flatMap(([name, returns]) => {
    const now = known(after.functions, name)
    if (now === undefined) return [{ name, what: 'is gone' }]
    return now === returns ? [] : [{ name, what: `returns ${now}, and returned ${returns}` }]
  })
  return [...relations, ...functions]
}

/** A column may be called `constructor`, which every object of JavaScript has. */
const known = <Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

function relationLosses(name: string, before: Relation, after: Relation | undefined): readonly Loss[] {
  if (!after) return [{ name, what: 'is gone' }]
  const refused = before.allowed.filter((right) => !after.allowed.includes(right))
  const changed = Object.entries(before.columns).flatMap(([column, was]) =>
    columnLosses(`${name}.${column}`, was, known(after.columns, column)),
  )
  const added = Object.entries(after.columns).filter(
    ([column, { nullable, filled }]) => known(before.columns, column) === undefined && !nullable && !filled,
  )
  return [
    ...refused.map((right) => ({ name, what: `may no longer be asked to ${right} by the API` })),
    ...changed,
    ...added.map(([column]) => ({
      name: `${name}.${column}`,
      what: 'is new, must not be null and has no default: rows that do not name it are refused',
    })),
  ]
}

function columnLosses(name: string, before: Column, after: Column | undefined): readonly Loss[] {
  if (!after) return [{ name, what: 'is gone' }]
  const losses: Loss[] = []
  if (!takesAllOf(after.type, before.type)) losses.push({ name, what: `is ${after.type}, and was ${before.type}` })
  if (before.nullable && !after.nullable) losses.push({ name, what: 'must not be null any more' })
  if (!after.nullable && before.filled && !after.filled) losses.push({ name, what: 'has no default any more' })
  return losses
}

/** Texts may grow longer. A number that is made wider is read as something else by some drivers. */
function takesAllOf(after: string, before: string): boolean {
  if (after === before) return true
  const bound = lengthOf(before)
  if (bound === undefined) return false
  const now = after === 'text' ? Infinity : lengthOf(after)
  return now !== undefined && now >= bound
}

/** How long a `character varying` may be; undefined for another type. */
function lengthOf(type: string): number | undefined {
  const found = /^character varying(?:\((\d+)\))?$/.exec(type)
  return found ? Number(found[1] ?? Infinity) : undefined
}
