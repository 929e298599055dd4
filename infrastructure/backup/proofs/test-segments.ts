import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Asks the app's database. */
type Rows = (text: string) => Promise<readonly Record<string, unknown>[]>

/** Ends a segment of the log and answers its name. */
export async function endSegment(sql: Rows): Promise<string> {
  await sql("select pg_logical_emit_message(true, 'edge', 'noise')")
  const [row] = await sql('select pg_walfile_name(pg_switch_wal()) as name')
  return String(row?.['name'])
}

/** Which segments have not come into a repository yet. */
export async function notIn(repository: string, segments: readonly string[]): Promise<readonly string[]> {
  const archive = join(repository, 'database', 'archive', 'edge')
  const paths = await readdir(archive, { recursive: true }).catch((): string[] => [])
  const whole = paths.filter((path) => !path.endsWith('.pgbackrest.tmp'))
  const there = whole.map((path) => path.split('/').at(-1)?.slice(0, 24) ?? '')
  return segments.filter((segment) => !there.includes(segment))
}
