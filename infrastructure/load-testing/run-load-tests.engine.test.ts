import { spawn } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import program from '../../package.json' with { type: 'json' }
import { project, TestInstance } from '../../test/instance.ts'
import { onSmallDisk } from '../../test/small-disk.ts'
import { type Answer, onTerminal } from '../../test/terminal.ts'
import { isPublished } from './proofs/published.ts'
import { testSite } from './proofs/test-site.ts'
import { k6Below } from './processes.ts'
import { readResult, type Result } from './result.ts'
import { type ScenarioName, scenarioNames } from './scenarios/stages.ts'

/** A journey of one step: a user's first one is brought to its end, however short the run is. */
const brief = `loadTesting: {
  thinkTime: { minimum: '1 second', maximum: '1.5 seconds' },
  journey: [{ name: 'homepage', requests: [{ path: '/', contains: 'AI Sports Edge' }] }],
},`
const door = join(import.meta.dirname, 'run-load-tests.sh')
const down = '\u001B[B'
const ctrlC = '\u0003'

let instance: TestInstance
beforeAll(async () => {
  instance = await TestInstance.make(brief)
  await instance.must('up', '--no-load-test')
})
afterAll(() => instance.remove())

/** The script of the document, as somebody runs it who sits before it; and the folder of the run that it left. */
async function onScreen(words: readonly string[], answers: readonly Answer[]) {
  const before = await runs()
  const { code, shown } = await onTerminal([door, '--config', instance.file, ...words], answers)
  const made = (await runs()).filter((run) => !before.includes(run))
  return { code, shown, made: made.map((run) => join(folder(), run)) }
}
const folder = (): string => join(instance.state, 'load-tests')
const runs = (): Promise<readonly string[]> => readdir(folder()).catch(() => [])
const choose = (scenario: ScenarioName): Answer => ({
  when: 'Which scenario?',
  type: `${down.repeat(scenarioNames.indexOf(scenario))}\r`,
})

it.each([
  ['smoke', '0.05'],
  ['load', '0.006'],
  ['stress', '0.002'],
  ['soak', '0.001'],
] as const)('runs %s where that is chosen, and leaves both reports', async (scenario, scale) => {
  const { code, shown, made } = await onScreen(['--scale', scale, '--users', '2'], [choose(scenario)])
  const [directory = shown] = made
  const result = await readResult(join(directory, 'result.json'))
  expect(result).toMatchObject({ scenario, users: 2, scale: Number(scale), interrupted: false })
  // Whether it passes is the machine's affair, which may be busy: what it says and how it ends go together.
  expect(code).toBe(result?.verdict === 'passed' ? 0 : 1)
  for (const step of ['choice of scenario', 'run', 'reports', 'analysis']) expect(shown).toContain(step)
  expect(shown).toContain(`${result?.verdict}   2 users`)
  const page = await readFile(join(directory, 'report.html'), 'utf8')
  expect(page).toContain(`<title>${scenario}: ${result?.verdict}</title>`)
})

it('notes what answered, each with its version', async () => {
  const [newest = ''] = (await runs()).toSorted().toReversed()
  const result = await readResult(join(folder(), newest, 'result.json'))
  const version = expect.stringMatching(/^\d+\.\d+/)
  const named = ['nginx', 'haproxy', 'etcd', 'patroni', 'pgbouncer', 'postgresql', 'node']
  expect(result?.engines).toEqual(Object.fromEntries(named.map((name) => [name, version])))
  expect(result?.versions).toMatchObject({ edge: version, configuration: expect.any(String) })
})

it('notes of a site that is elsewhere what it was measured with, and none of its engines', async () => {
  const { site } = (await instance.status()).addresses
  const { made, shown } = await onScreen(['smoke', '--scale', '0.05', '--users', '2', '--against', site], [])
  const result = await readResult(join(made[0] ?? shown, 'result.json'))
  expect(result).toMatchObject({ against: site, versions: { edge: program.version }, engines: {} })
})

it('sets a run beside an earlier one that is named, wherever it says something, and refuses one of another kind', async () => {
  const trial = ['load-test', 'smoke', '--scale', '0.05', '--users', '2']
  const { stdout } = await instance.edge([...trial, '--json'])
  const { directory: _, ...first } = JSON.parse(stdout)
  // On a machine that has no time it would be invalid, and is no baseline then.
  const earlier = {
    ...first,
    verdict: 'passed',
    reasons: [],
    interrupted: false,
    release: 'of-another-day',
    directory: '/',
  }
  const kept = join(instance.folder, 'earlier')
  await mkdir(kept)
  await writeFile(join(kept, 'result.json'), JSON.stringify(earlier))
  const { made, shown } = await onScreen([...trial.slice(1), '--compare', kept], [])
  const [directory = shown] = made
  expect(shown).toMatch(/p95 since .*One run beside one decides nothing[^]* homepage +\d+ ms → +\d+ ms/)
  expect((await readResult(join(directory, 'result.json')))?.baseline).toMatchObject({ release: 'of-another-day' })
  for (const name of ['report.html', 'report.md']) {
    expect(await readFile(join(directory, name), 'utf8')).toContain('Changed since: release of-another-day →')
  }
  const other = await onScreen(['smoke', '--scale', '0.06', '--users', '2', '--compare', kept], [])
  expect(other).toMatchObject({ code: 2, made: [], shown: expect.stringContaining('is another kind of run') })
})

it('lists what was made, and shows one, to programs as well', async () => {
  const made = (await runs())
    .filter((name) => !name.endsWith('-compare'))
    .toSorted()
    .toReversed()
  const { reports } = JSON.parse((await instance.edge(['reports', '--json'])).stdout)
  const [newest] = reports
  expect(reports.map(({ directory }: Result) => basename(directory))).toEqual(made)
  expect(await readResult(join(newest.directory, 'result.json'))).toEqual(newest)
  expect(JSON.parse((await instance.edge(['reports', 'last', '--json'])).stdout)).toEqual(newest)
})

it('ends with 1 where the run is invalid: k6 was killed in the middle', async () => {
  const running = instance.edge(['load-test', 'smoke', '--users', '2', '--json'])
  await expect.poll(() => k6Below(folder()), { timeout: 60_000 }).toHaveLength(1)
  const [k6 = 0] = k6Below(folder())
  process.kill(k6, 'SIGKILL')
  const { code, stdout } = await running
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({
    code: 1,
    verdict: 'invalid',
    interrupted: false,
    reasons: [expect.stringMatching(/^k6 (was killed|ended with \d+) and wrote no summary/)],
  })
})

it('takes nothing but a scenario for an answer', async () => {
  const { code, shown, made } = await onScreen(
    [],
    [
      { when: 'Which scenario?', type: 'x9' },
      { when: 'soak', type: ctrlC },
    ],
  )
  expect([code, made]).toEqual([130, []])
  expect(shown).not.toContain('requests/s')
  const named = await onScreen(['strss'], [])
  expect([named.code, named.made]).toEqual([2, []])
  expect(named.shown).toContain('did you mean "stress"?')
})

it('ends with 130 at Ctrl-C in the middle of a run, says so in its report, and leaves nothing that runs', async () => {
  const { code, shown, made } = await onScreen(
    ['--scale', '0.02', '--users', '2'],
    [choose('soak'), { when: 'requests/s', type: ctrlC }],
  )
  const [directory = shown] = made
  expect([code, shown]).toEqual([130, expect.stringContaining('interrupted')])
  expect(await readResult(join(directory, 'result.json'))).toMatchObject({ verdict: 'invalid', interrupted: true })
  const left = await readdir(directory)
  expect(left).toContain('report.html')
  expect(left.filter((name) => ['run.json', 'recording.ndjson', '.result.json'].includes(name))).toEqual([])
  expect(k6Below(folder())).toEqual([])
  // The next one finds no lock.
  const next = await onScreen(['smoke', '--scale', '0.05'], [])
  expect(await readResult(join(next.made[0] ?? next.shown, 'result.json'))).toMatchObject({ interrupted: false })
})

it('compares with a site on this machine by turns, and ends with the first of its runs that fails', async () => {
  const { site } = (await instance.status()).addresses
  let asked = 0
  // It shows nothing to the one visitor who looks before the runs.
  const candidate = await testSite((_, response) => {
    response.writeHead(asked++ === 0 ? 200 : 500).end('AI Sports Edge')
  })
  try {
    const words = ['compare', site, candidate.address, '--scale', '0.006', '--users', '2', '--json']
    const { code, stdout } = await instance.edge(['load-test', ...words])
    const { error, ...answer } = JSON.parse(stdout)
    // On a machine that has no time each run is invalid, and no comparison is made.
    expect(error?.message ?? `${answer.verdict}: ${answer.says}`).toMatch(
      /^(6 runs were invalid, the last one as only \d+ % of the processors|regressed: 1 run of the candidate failed: homepage: 100 % of the requests failed)/,
    )
    const sides = { base: site, candidate: candidate.address, wanted: 12, pairs: 1, interrupted: false }
    expect(answer).toMatchObject(error ? {} : sides)
    expect(answer).toEqual(error ? {} : JSON.parse(await readFile(answer.report, 'utf8')))
    expect(error ? true : await isPublished('comparison', answer)).toBe(true)
    expect(code).toBe(1)
  } finally {
    candidate.close()
  }
})

it('ends with 130 at Ctrl-C in the middle of a comparison, and leaves its runs and a report that says so', async () => {
  const { site } = (await instance.status()).addresses
  const words = ['compare', site, site, '--scale', '0.006', '--users', '2', '--pairs', '6']
  const { code, shown, made } = await onScreen(words, [{ when: '1/6 base', type: ctrlC }])
  expect([code, shown]).toEqual([130, expect.stringContaining('interrupted: no verdict')])
  expect(shown).toMatch(/warm-up candidate .* of all \d+ (s|min) left/)
  const [report = shown] = made.filter((directory) => directory.endsWith('-compare'))
  const left = JSON.parse(await readFile(join(report, 'comparison.json'), 'utf8'))
  expect(left).toMatchObject({ base: site, candidate: site, wanted: 6, interrupted: true })
  expect(left).not.toHaveProperty('verdict')
  expect(await isPublished('comparison', left)).toBe(true)
  const ended = await Promise.all(made.map((directory) => readResult(join(directory, 'result.json'))))
  expect(ended.filter((result) => result?.interrupted === false)).toHaveLength(2)
  expect(k6Below(folder())).toEqual([])
})

it('goes on after kill -9 in the middle: the next run first ends the k6 that was left', async () => {
  const words = ['load-test', 'smoke', '--config', instance.file]
  const child = spawn(join(project, 'edge'), words, { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  await expect.poll(() => k6Below(folder()), { timeout: 60_000 }).toHaveLength(1)
  const [orphan] = k6Below(folder())
  child.kill('SIGKILL')
  await ended
  expect(k6Below(folder())).toEqual([orphan])
  const [killed = ''] = (await runs()).toSorted().toReversed()
  const next = await onScreen(['smoke', '--scale', '0.05'], [])
  expect(await readResult(join(next.made[0] ?? next.shown, 'result.json'))).toMatchObject({ interrupted: false })
  expect(k6Below(folder())).toEqual([])
  // Nothing of the password, and no result that could count.
  const left = await readdir(join(folder(), killed))
  expect(left.filter((name) => ['run.json', 'recording.ndjson', 'result.json'].includes(name))).toEqual([])
})

it('says that the disk is full where no report fits on it, and counts no such run', async () => {
  const before = await runs()
  const words = ['smoke', '--scale', '0.05', '--users', '2']
  const { code, stderr } = await onSmallDisk(instance, { folder: folder(), size: '64k' }, 'load-test', ...words)
  expect([code, stderr]).toEqual([1, expect.stringMatching(/no space left on the disk\n.*hint: free some/)])
  expect(await runs()).toEqual(before)
})
