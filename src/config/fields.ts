import { z } from 'zod'
import type { FieldDoc } from '../core/field.ts'

/** One field of the configuration, as documentation, messages and `edge config` see it. */
export type Field = {
  /** `database.pool.maximum`; `[]` stands for each entry of a list. */
  readonly path: string
  readonly schema: z.ZodType
  /** Without it somebody forgot `field()`; a test finds that. */
  readonly doc: FieldDoc | undefined
  /** As an operator would write it; undefined where there is none. */
  readonly default: unknown
  readonly required: boolean
  /** It is made of other fields, which follow it. */
  readonly group: boolean
}

/** Every field of a schema in the order in which it is written, groups before what is in them. */
export function fieldsOf(schema: z.ZodType, path = ''): readonly Field[] {
  const found = objectsIn(schema).flatMap((object) =>
    Object.entries(object.shape).flatMap(([name, inner]) => {
      // The shape of an object that was made with classic zod holds classic schemas.
      const child = inner as z.ZodType
      const its = path === '' ? name : `${path}.${name}`
      const below = fieldsOf(child, isList(child) ? `${its}[]` : its)
      return [describe(its, child, below.length > 0), ...below]
    }),
  )
  // Two forms of one thing (a program, an address) may share a field; its first description stands.
  return found.filter((field, index) => found.findIndex(({ path: its }) => its === field.path) === index)
}

function describe(path: string, schema: z.ZodType, group: boolean): Field {
  const fallback = defaultOf(schema)
  return {
    path,
    schema,
    doc: docOf(schema),
    default: fallback,
    required: fallback === undefined && !(schema instanceof z.ZodOptional),
    group,
  }
}

/** What `field()` attached. */
export function docOf(schema: z.ZodType): FieldDoc | undefined {
  const meta = schema.meta()
  if (typeof meta?.['doc'] !== 'string' || !('example' in meta)) return undefined
  // `field()` attaches a FieldDoc and nothing else; the registry has no type for it.
  return meta as unknown as FieldDoc
}

/** The schema without the layers that give it a default or make it optional. */
export function core(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    // What classic zod wraps is classic zod; its type says only `$ZodType`.
    return core(schema.unwrap() as z.ZodType)
  }
  return schema
}

/** What stands where the operator writes nothing, as one would write it. */
export function defaultOf(schema: z.ZodType): unknown {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault ? schema.def.defaultValue : undefined
}

/** The objects that a value may be: itself, one of several forms, or an entry of a list. */
export function objectsIn(schema: z.ZodType): readonly z.ZodObject[] {
  const inner = core(schema)
  if (inner instanceof z.ZodObject) return [inner]
  // The casts: parts of classic schemas are classic schemas.
  if (inner instanceof z.ZodUnion) return inner.options.flatMap((option) => objectsIn(option as z.ZodType))
  if (inner instanceof z.ZodArray) return objectsIn(inner.element as z.ZodType)
  return []
}

const isList = (schema: z.ZodType): boolean => core(schema) instanceof z.ZodArray

/** The schemas that stand at a path of a value, list indices included; several where a thing has several forms. */
export function schemasAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly z.ZodType[] {
  const [name, ...rest] = path
  if (name === undefined) return [schema]
  if (typeof name === 'number') {
    const inner = core(schema)
    // The casts, here and below: parts of classic schemas are classic schemas.
    return inner instanceof z.ZodArray ? schemasAt(inner.element as z.ZodType, rest) : []
  }
  return objectsIn(schema).flatMap((object) => {
    const child = object.shape[String(name)]
    return child === undefined ? [] : schemasAt(child as z.ZodType, rest)
  })
}
