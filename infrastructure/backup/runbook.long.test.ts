import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { postgresPrograms } from '../../src/engines/patroni.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { project, TestInstance } from '../../test/instance.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import { addressesIn } from '../database/sabotage.ts'
import { folderFor, upWithoutClock } from './proofs/test-instance.ts'

let instance: TestInstance
let on: Sabotaged
/** Where copies go, and another disk. */
let folder: string
beforeAll(async () => {
  instance = await TestInstance.make('backup: undefined,')
  on = await upWithoutClock(instance)
  folder = await folderFor(instance, 'srv')
})
afterAll(() => instance.remove())

const asOwner = (text: string) => withClient(addressesIn(on).owner, (client) => client.query(text))
const orders = () =>
  withClient(
    addressesIn(on).session,
    async (client) => (await client.query('select number, what from orders order by 1')).rows,
  )

const page = (name: string): Promise<string> => readFile(join(project, 'docs/runbooks', name), 'utf8')
const runbook = (): Promise<string> => page('backup-failed.md')

/** What stands in blocks of its own, in its order; one that goes on behind a backslash is one. */
const commandsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^ {4,}((?:edge|psql|PGPASSFILE)\b(?:.*\\\n)*.*)$/gm)].map(([, line = '']) => line)

/** What stands in a sentence or a table. */
const commandsAmid = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/`(edge [^`]+)`/g)].map(([, line = '']) => line)),
]

/** What the runbook says that somebody sees there. */
const shows: Readonly<Record<string, RegExp>> = {
  'verify backup': /broken 0/,
  'backup list': /any second from 20\S+Z to 20\S+Z/,
  'backup schedule': /verification/,
}

const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')

it('runs each command of the runbook of a failed backup, in its order, and each does what it says', async () => {
  const letter = join(instance.state, 'uploads', 'letter.txt')
  await on.run(['sh', '-c', 'mkdir -p "$(dirname "$0")" && printf %s "as it was" > "$0"', letter])
  await asOwner(
    `create table public.orders (number int generated always as identity primary key, what text);
     insert into public.orders (what) values ('a'), (null), ('c'), (''), ('e')`,
  )
  await instance.must('backup', 'now')
  const at = new Date().toISOString()
  // Some are gone, and one of those that live went on.
  await asOwner(
    `delete from public.orders where number in (2, 4); update public.orders set what = 'C' where number = 3`,
  )
  const { addresses: shown, passwordFile } = JSON.parse((await instance.edge(['status', '--json'])).stdout)
  const places: readonly (readonly [string, string])[] = [
    ['2026-01-31 12:00:00+00', at],
    ['/srv/', `${folder}/`],
    ['PASSWORDS', passwordFile],
    ['SESSION', shown.session],
  ]
  const placed = (line: string) => places.reduce((text, [word, place]) => text.replaceAll(word, place), line)
  // What is done with a copy stands beside how one is made; its own commands of edge have a test.
  const withCopy = commandsOf(await page('restore.md')).filter((line) => !line.startsWith('edge '))
  const commands = [...commandsOf(await runbook()), ...withCopy]
  expect(commands.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
    'edge backup list',
    'edge backup schedule',
    'edge verify backup',
    'edge backup now',
    'edge backup verify',
    'edge verify backup',
    'edge deploy backup',
    'edge backup now',
    'edge backup verify',
    'edge backup list',
    'edge restore database',
    'edge restore files',
    'psql -h /srv/restored',
    'PGPASSFILE=PASSWORDS psql "SESSION"',
  ])
  for (const line of commands) {
    if (line.startsWith('psql')) {
      await startCopy()
      // As its owner, in a shell.
      await on.run(['sh', '-c', placed(line)])
      await control('stop')
      continue
    }
    if (!line.startsWith('edge ')) {
      await promisify(execFile)('sh', ['-c', placed(line)])
      continue
    }
    const words = wordsOf(placed(line.slice('edge '.length)))
    // Step 4: its repository is on another disk from here on.
    if (words[0] === 'deploy') {
      // With the same ports, as whoever edits one line has them.
      const text = await readFile(instance.file, 'utf8')
      await writeFile(instance.file, text.replace('backup: undefined,', `backup: { repository: '${folder}/disk' },`))
      words.push('--yes')
    }
    const { stdout } = await instance.must(...words)
    expect(stdout).toMatch(shows[words.slice(0, 2).join(' ')] ?? /^/)
  }
  expect(await orders()).toEqual([
    { number: 1, what: 'a' },
    { number: 2, what: null },
    { number: 3, what: 'C' },
    { number: 4, what: '' },
    { number: 5, what: 'e' },
  ])
  expect(await readFile(join(folder, 'files', letter), 'utf8')).toBe('as it was')
})

/** As the last lines of the restore say. */
const control = (...words: readonly string[]) =>
  on.run([join(postgresPrograms, 'pg_ctl'), '-D', join(folder, 'restored', 'data'), '-s', '-w', ...words])
const startCopy = () =>
  control('-l', '/dev/null', '-o', `-c config_file=${join(folder, 'restored', 'postgresql.conf')}`, 'start')

it('names no command amid its sentences that does not run', async () => {
  const amid = commandsAmid(await runbook())
  expect(amid).toEqual(expect.arrayContaining(['edge deploy backup', 'edge logs pg1 -n 50', 'edge plan backup']))
  // What is asked of a deployment on AWS, no machine can answer.
  for (const line of amid.filter((one) => !one.includes('--target aws'))) {
    const words = wordsOf(line.slice('edge '.length))
    const { code, stdout, stderr } = await instance.edge(words[0] === 'deploy' ? [...words, '--yes'] : words)
    // What other rooms promise is not this test's matter.
    const may = line === 'edge verify' ? [0, 1] : [0]
    const failed = may.includes(code ?? -1) ? '' : `${stderr}${stdout}`
    expect({ line, failed }).toEqual({ line, failed: '' })
  }
})
