import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { difference, type Records } from '../../core/record.ts'
import { withLock } from './lock.ts'
import { makePrivateDirectory, readJson, writeAtomically } from './files.ts'

const written = z.object({
  drill: z.string(),
  at: z.iso.datetime(),
  facts: z.record(z.string(), z.json()),
  took: z.number(),
  of: z.record(z.string(), z.string()),
})

/** Of each drill; the newest one counts, those before it are for whoever looks how it was. */
const keptOfEach = 30

/** Records of an instance: `STATE/records/DRILL/NUMBER.json`, the highest number the newest, whatever the clock says. */
export function recordsOf(state: string): Records {
  const folderOf = (drill: string): string => join(state, 'records', drill)
  return {
    newest: async (drill, of) => {
      for (const number of await numbersIn(folderOf(drill))) {
        const path = fileOf(folderOf(drill), number)
        const record = await readJson(path, written)
        if (!record) return { damaged: path }
        if (of === undefined || difference(record.of, of) === undefined) return record
      }
      return undefined
    },
    keep: async (record) => {
      const folder = folderOf(record.drill)
      await makePrivateDirectory(join(state, 'records'))
      await makePrivateDirectory(folder)
      // Of two at one moment, both would take the same number.
      await withLock(join(state, 'records', '.lock'), 10, async () => {
        const before = await numbersIn(folder)
        await writeAtomically(fileOf(folder, (before[0] ?? 0) + 1), `${JSON.stringify(record, undefined, 1)}\n`)
        for (const number of before.slice(keptOfEach - 1)) await rm(fileOf(folder, number), { force: true })
      })
    },
  }
}

const fileOf = (folder: string, number: number): string => join(folder, `${number}.json`)

/** The highest first. */
async function numbersIn(folder: string): Promise<readonly number[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const numbers = names.flatMap((name) => /^(\d{1,15})\.json$/.exec(name)?.[1] ?? [])
  return numbers.map(Number).toSorted((a, b) => b - a)
}
