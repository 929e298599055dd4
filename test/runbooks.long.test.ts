import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withSite } from '../infrastructure/cdn/fetch.ts'
import { allMeasured } from '../infrastructure/compose.ts'
import { alarmsAt } from '../infrastructure/monitoring/alarms.ts'
import { everyAsked, ownRules } from '../infrastructure/monitoring/render-rules.ts'
import { monitoringSettings } from '../infrastructure/monitoring/settings.ts'
import { project, TestInstance } from './instance.ts'
import { hands } from './sabotaged.ts'

/*
 * What somebody types who was called: each command of each page that an alarm names, on an instance where what the alarm is about
 * has happened. Each has to end well, and what looks for lines has to find some.
 */

const settings = monitoringSettings.parse({})
const called = [
  ...alarmsAt(settings, allMeasured),
  ...ownRules(settings, everyAsked).map(({ annotations }) => annotations),
]
/** Run by a test of its own, on a backup that failed. */
const elsewhere = 'backup-failed.md'
const pages = [...new Set(called.flatMap(({ runbook = '' }) => (runbook === elsewhere ? [] : [runbook])))].toSorted()

/** What no test runs, by how it begins. */
const notRun: Readonly<Record<string, string>> = {
  'edge up': 'every test begins with it',
  'edge down': 'tests of the life of an instance end with it',
  'edge verify': 'of everything: the end of every up',
  'edge rollback': 'takes a release before this one, and has tests of its own',
  'edge publish': 'has tests of its own',
  'edge releases prune': 'has tests of its own',
  'edge drill NAME': 'takes minutes, and has tests of its own',
  'edge drill own': 'takes an hour, and has a test of its own',
  'edge plan --target aws --drift': 'asks AWS',
  'edge deploy database --target aws': 'asks AWS, and has tests of its own',
  'edge destroy': 'ends the instance',
  'aws ': 'asks AWS: test/runbook-on-aws.emulator.test.ts runs it',
  'apt-get ': 'changes the machine',
  'kill -CONT NUMBER': 'is what the drill of that alarm does',
  'sudo iotop': 'Debian brings it as a package of its own',
  'dmesg ': 'a kernel that has ended nothing says nothing',
  timedatectl: 'needs systemd, which a container has not',
  'cat /proc/*/io': 'programs that end meanwhile are errors to it',
  'cp -a STATE NEW': 'has a test of its own, after which the instance lies elsewhere',
  'rm -r STATE/load-tests': 'no test was run',
  'openssl x509 -noout -enddate -in': 'of a file of the operator',
  curl: 'has no address there',
}
const whyNot = (command: string): string | undefined =>
  Object.entries(notRun).find(([begins]) =>
    begins === 'edge verify' || begins === 'curl' ? command === begins : command.startsWith(begins),
  )?.[1]

/** What stands in blocks of its own, over as many lines as it takes, and what stands in a sentence. */
function commandsOf(page: string): readonly string[] {
  const text = readFileSync(join(project, 'docs/runbooks', page), 'utf8')
  const blocks = [...text.matchAll(/^ {4,}(\S.*(?:\n {9,}\S.*)*)$/gm)].map(([, block = '']) => block)
  const amid = [...text.matchAll(/`([^`]+)`/g)].map(([, words = '']) => words)
  const isCommand =
    /^(edge|select|aws|kill|curl|openssl|apt-get|sudo|dmesg|cat|rm|cp|df|ps|du|date|timedatectl|PGPASSFILE=\S+)( |$)/
  return [...blocks.filter((block) => !block.startsWith('|')), ...amid]
    .map((words) => words.replaceAll(/\s*\n\s*/g, ' ').replace(/ {2,}#.*$/, ''))
    .filter((words) => isCommand.test(words) && words !== 'edge' && !words.startsWith('curl: '))
}

const commands = [...new Set(pages.flatMap(commandsOf))]
const run = commands.filter((command) => whyNot(command) === undefined)

let instance: TestInstance
let words: readonly (readonly [string, string])[]
let path: string
beforeAll(async () => {
  instance = await TestInstance.make('monitoring: {}, backup: {},')
  await instance.must('up', '--no-load-test')
  const bin = join(instance.folder, 'bin')
  await mkdir(bin)
  const edge = join(bin, 'edge')
  await writeFile(
    edge,
    `#!/bin/sh\nverb=$1; shift\nexec '${join(project, 'edge')}' "$verb" --config '${instance.file}' "$@"\n`,
  )
  await chmod(edge, 0o755)
  path = `${bin}:${process.env['PATH'] ?? ''}`
  const { addresses, passwordFile, certificateAuthority } = JSON.parse(
    (await instance.edge(['status', '--json'])).stdout,
  )
  words = [
    ['https://localhost:8443/', addresses.site],
    ['PASSWORDS', passwordFile],
    ['SESSION', addresses.session],
    ['AUTHORITY', certificateAuthority],
    ['STATE', instance.state],
    ['NUMBER', String(await instance.pid('api2'))],
    ['ENGINE', 'nginx'],
    ['ALARM', 'connections'],
    ['explain PATH', 'explain /'],
    ["'NAME'", "'nobody'"],
    ['(PID)', '(0)'],
    ['sudo ', ''],
  ]
}, 600_000)
afterAll(() => instance.remove(), 120_000)

/** Answers of the kind that the alarms about visitors ring for: an error, one of the origin that took long, and a miss. */
async function somethingIsWrong(): Promise<void> {
  const { addresses, certificateAuthority: ca } = await instance.status()
  const on = await hands(instance, 'app')
  await withSite({ https: addresses.site, ca }, async ({ ask }) => {
    for (const api of ['api1', 'api2']) await on.signal(api, 'SIGSTOP')
    const slow = ask('/api/sports')
    await wait(1500)
    for (const api of ['api1', 'api2']) await on.signal(api, 'SIGCONT')
    expect((await slow).status).toBe(200)
    await on.stop('balancer')
    expect((await ask('/api/health')).status).toBeGreaterThanOrEqual(500)
  })
  await on.converge()
}

/** What is silenced is not proven, and the pages go on. */
async function endSilences(): Promise<void> {
  const { silences }: { silences: { id: string }[] } = JSON.parse((await instance.must('silence', '--json')).stdout)
  for (const { id } of silences) await instance.must('silence', '--end', id)
}

/** As an operator's shell runs it: questions of the database are asked as the page asks them. */
function asTyped(command: string): string {
  const placed = words.reduce((text, [word, place]) => text.replaceAll(word, place), command)
  if (placed.startsWith('select ')) return `PGPASSFILE=${words[1]?.[1]} psql "${words[2]?.[1]}" -c "${placed}"`
  // On a terminal it asks, and somebody says yes.
  return placed.replace(/^(edge deploy.*)$/, '$1 --yes')
}

const outcome = (line: string): Promise<{ readonly code: unknown; readonly said: string }> =>
  new Promise((resolve) => {
    const options = { env: { ...process.env, PATH: path, NO_COLOR: '1' }, timeout: 300_000 }
    execFile('bash', ['-o', 'pipefail', '-c', line], options, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, said: `${stdout}${stderr}` }),
    )
  })

describe('the pages that alarms name', () => {
  it('have commands, each of which is run, or not for a reason that is said', () => {
    expect(pages.filter((page) => commandsOf(page).length === 0)).toEqual([])
    const reasons = Object.entries(notRun).filter(([begins]) => !commands.some((command) => command.startsWith(begins)))
    expect(reasons).toEqual([])
    expect(run.length).toBeGreaterThan(30)
  })

  it.each(run)('%s', { timeout: 400_000 }, async (command) => {
    // So many lines back as the page looks: right after it was so, as somebody looks who is called.
    if (command.startsWith('edge logs nginx') && command.includes('grep')) await somethingIsWrong()
    const line = asTyped(command)
    const { code, said } = await outcome(line)
    expect({ line, code, said: code === 0 ? '' : said }).toEqual({ line, code: 0, said: '' })
    if (command.startsWith('edge silence')) await endSilences()
  })
})
