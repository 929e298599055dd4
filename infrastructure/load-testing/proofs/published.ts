import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fromJSONSchema } from 'zod'

type Name = 'result' | 'timeline' | 'comparison'

/** Whether a value is one by the schema that is published for programs of others. */
export async function publishedSchema(name: Name): Promise<(value: unknown) => boolean> {
  const path = resolve(import.meta.dirname, `../../../docs/load-test-${name}.schema.json`)
  const schema = fromJSONSchema(JSON.parse(await readFile(path, 'utf8')))
  return (value) => schema.safeParse(JSON.parse(JSON.stringify(value))).success
}

export const isPublished = async (name: Name, value: unknown): Promise<boolean> => (await publishedSchema(name))(value)
