import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { k6Run } from '../../src/engines/k6.ts'
import { k6Path } from '../../src/targets/local/tools.ts'
import { judge } from './judge.ts'
import { example } from './proofs/test-result.ts'
import { readSummary } from './read-summary.ts'
import type { RunFile } from './run-file.ts'
import { loadTestingSettings } from './settings.ts'
import { expectedOf, toldApart } from './thresholds.ts'

const { world } = testWorld()
const { journey } = loadTestingSettings.parse({})
const seconds = 3
const shape = { journey, think: { minimumMs: 1000, maximumMs: 5000 }, scale: seconds / 60 }
const expected = expectedOf('smoke', shape)

let folder: string
let k6: string
beforeAll(async () => {
  k6 = await k6Path(world)
  folder = await mkdtemp(join(tmpdir(), 'broken-scripts-'))
})
afterAll(() => rm(folder, { recursive: true }))

const common = `'${join(import.meta.dirname, 'scenarios/journey.ts')}'`

/** A scenario's script, and what is broken in it. */
const broken = ({
  options = "optionsOf('smoke')",
  iteration = 'undefined',
  summary = `export { handleSummary } from ${common}`,
}): string => `import { sleep } from 'k6'
import { optionsOf } from ${common}
export const options = ${options}
export default () => ${iteration}
${summary}
`

/** How k6 itself ended a script, and what edge says of it. */
async function judged(name: string, source: string) {
  const directory = join(folder, name)
  await mkdir(directory)
  const [script, runFile] = [join(directory, 'script.ts'), join(directory, 'run.json')]
  const summaryFile = join(directory, 'summary.json')
  const place = { site: 'http://127.0.0.1:9', hosts: {}, accounts: 1, password: '', choices: {} }
  const run: RunFile = { ...place, ...shape, thresholds: toldApart(expected), summaryFile }
  await writeFile(runFile, JSON.stringify(run))
  await writeFile(script, source)
  const { code, stderr } = await world.run(...k6Run({ k6, script, runFile, directory, seconds }, world))
  const ended = { exitCode: code, said: stderr, othersPercent: undefined, releaseAtEnd: example.release }
  const { verdict, reasons } = judge(await readSummary(summaryFile), expected, { ...example, directory, ...ended })
  return { code, verdict, reasons }
}

const nobody = 'homepage, login, browse-sports, odds, predictions, logout, assets: no user reached it'

describe('a script that is broken is no green run, as it is for k6', () => {
  it('where each iteration throws: k6 ends with 0', async () => {
    const iteration = '(undefined as unknown as { name: string }).name.length'
    const { code, verdict, reasons } = await judged('throws', broken({ iteration }))
    expect([code, verdict, reasons[0]]).toEqual([0, 'failed', nobody])
    expect(reasons).toContain('no journey was begun')
  })

  it('where no iteration is begun: k6 ends with 0', async () => {
    const none = "{ none: { executor: 'ramping-vus', stages: [{ duration: '1s', target: 0 }] } }"
    const options = `{ ...optionsOf('smoke'), scenarios: ${none} }`
    const { code, verdict, reasons } = await judged('none', broken({ options }))
    expect([code, verdict, reasons[0]]).toEqual([0, 'failed', nobody])
  })

  it('where one user is to begin ten journeys a second, and is not free for them: k6 ends with 0', async () => {
    const most = "rate: 10, timeUnit: '1s', duration: '2s', preAllocatedVUs: 1, maxVUs: 1"
    const starved = `{ starved: { executor: 'constant-arrival-rate', ${most} } }`
    const options = `{ ...optionsOf('smoke'), scenarios: ${starved} }`
    const { code, verdict, reasons } = await judged('starved', broken({ options, iteration: 'sleep(1)' }))
    expect([code, verdict]).toEqual([0, 'invalid'])
    expect(reasons[0]).toMatch(/^k6 let 1\d journeys fall that should have begun: it had no user left for them$/)
  })

  it('where the summary cannot be made: k6 ends with 0', async () => {
    const summary = "export const handleSummary = () => { throw new Error('no') }"
    const { code, verdict, reasons } = await judged('summary', broken({ summary }))
    expect([code, verdict]).toEqual([0, 'invalid'])
    expect(reasons[0]).toMatch(/^k6 ended with 0 and wrote no summary/)
  })

  it('where it does not load, by an error of types that k6 strips: it ends with 107', async () => {
    const { code, verdict, reasons } = await judged('types', 'const name: string = undefined\nname.length')
    expect([code, verdict]).toEqual([107, 'invalid'])
    const says = "TypeError: Cannot read property 'length' of undefined"
    expect(reasons[0]).toMatch(new RegExp(`^k6 ended with 107 and wrote no summary: .*${says}`))
  })
})
