import { z } from 'zod'
import type { FieldDoc } from '../core/field.ts'

/** The schema inside defaults, prefaults, optionals and pipes: what decides about the value itself. */
function bare(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    return bare(schema.unwrap())
  }
  if (schema instanceof z.ZodPipe) return bare(schema.in)
  return schema
}

/** The fields of an object schema; of a union, those of all its objects. */
function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> {
  const inner = bare(schema)
  if (inner instanceof z.ZodObject) return inner.shape
  if (inner instanceof z.ZodArray) return shapeOf(inner.element)
  if (inner instanceof z.ZodUnion) return Object.assign({}, ...inner.options.map(shapeOf))
  return {}
}

/** The schema at a path; list indexes are passed over. */
export function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  return path.reduce<z.core.$ZodType | undefined>(
    (found, key) => (typeof key === 'number' ? found : found && shapeOf(found)[String(key)]),
    schema,
  )
}

export const keysAt = (schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] => {
  const found = schemaAt(schema, path)
  return found ? Object.keys(shapeOf(found)) : []
}

/** What a field says about itself; it may be said on the field or on what its default wraps. */
export function docOf(schema: z.core.$ZodType | undefined): Partial<FieldDoc> {
  if (!schema) return {}
  // field() is the only one that attaches metadata, and it takes a FieldDoc.
  const doc = z.globalRegistry.get(schema) as Partial<FieldDoc> | undefined
  if (doc?.doc !== undefined) return doc
  const inner = bare(schema)
  return inner === schema ? {} : docOf(inner)
}

/** Every field with its path, in the order of the schema; objects come before what is in them. */
export function fieldsOf(
  schema: z.core.$ZodType,
  path: readonly string[] = [],
): readonly { path: readonly string[]; schema: z.core.$ZodType }[] {
  return Object.entries(shapeOf(schema)).flatMap(([name, inner]) => [
    { path: [...path, name], schema: inner },
    ...fieldsOf(inner, [...path, name]),
  ])
}
