import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { junitOf } from './junit.ts'
import { markdownOf } from './markdown.ts'
import { reportHtml } from './report.ts'
import type { Result } from './result.ts'
import type { SeenSecond } from './watch.ts'

/** Writes what a run leaves into its folder; `said`: all that k6 said. */
export async function leaveReports(result: Result, timeline: readonly SeenSecond[], said: string): Promise<void> {
  const { directory } = result
  await writeFile(join(directory, 'k6.log'), said)
  await writeFile(join(directory, 'timeline.json'), JSON.stringify(timeline))
  await writeFile(join(directory, 'report.html'), reportHtml(result, timeline))
  await writeFile(join(directory, 'report.md'), markdownOf(result, timeline))
  await writeFile(join(directory, 'junit.xml'), junitOf(result))
  // The result comes last and as a whole: a folder without one is a run that was cut off.
  await writeFile(join(directory, '.result.json'), `${JSON.stringify(result, undefined, 2)}\n`)
  await rename(join(directory, '.result.json'), join(directory, 'result.json'))
}
