import { readText } from './files.ts'

/** The last lines of a log; none where there is no log. Logs are rotated at 5 MB, so one is read whole. */
export async function lastLines(path: string, count: number): Promise<readonly string[]> {
  const text = (await readText(path)) ?? ''
  return count === 0 ? [] : text.trimEnd().split('\n').slice(-count)
}
