import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What the catalog notes of a backup, as far as it is changed here. */
type Entry = {
  at: string
  readonly database: { readonly fingerprints: Record<string, object>; markers: { before: string; after: string } }
  readonly files: { readonly hashes: Record<string, string> }
}
type Change = (entry: Entry) => void

/** What is wrong with a backup, the change of its entry that makes it so, and what a verification says of it. */
export const changedEntries: readonly (readonly [what: string, change: Change, says: RegExp])[] = [
  // The first one: before it was a good verification.
  [
    'no backup that came since the last one',
    (entry) => (entry.at = '2026-01-01T03:00:00.000Z'),
    /the newest backup, of 2026-01-01.*, was verified before/,
  ],
  [
    'a table that held something else',
    ({ database: { fingerprints } }) => void (fingerprints['public.slows'] = { rows: 1, sum: '4711' }),
    /the restored database differs: public\.slows has other content/,
  ],
  [
    'a row of before it that is not there',
    ({ database: { markers } }) => void (markers.before = '00000000-0000-0000-0000-000000000000'),
    /the row that was written before the backup is not in it/,
  ],
  [
    'a row of after its moment that is there',
    ({ database: { markers } }) => void (markers.after = markers.before),
    /a row of after the chosen second is in the restored database/,
  ],
  [
    'a file that was another one',
    ({ files: { hashes } }) => Object.keys(hashes).forEach((name) => (hashes[name] = 'another')),
    /a restored file differs: .* has other content/,
  ],
]

/** Changes the entry of the newest backup; answers what puts it back. */
export async function changeNewestEntry(state: string, change: Change): Promise<() => Promise<void>> {
  const catalog = join(state, 'backup/noted/own/catalog')
  const numbers = (await readdir(catalog)).flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
  const file = join(catalog, `${Math.max(...numbers.map(Number))}.json`)
  const before = await readFile(file, 'utf8')
  const entry: Entry = JSON.parse(before)
  change(entry)
  await writeFile(file, JSON.stringify(entry))
  return () => writeFile(file, before)
}
