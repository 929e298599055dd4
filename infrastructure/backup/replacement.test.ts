import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exampleInstance } from '../../test/example-instance.ts'
import { withFolder } from '../../test/with-folder.ts'
import { messageOf, OperatorError } from '../../src/core/errors.ts'
import { duration } from '../../src/core/units.ts'
import { testWorld } from '../../test/world.ts'
import { ProgressScreen } from '../../src/cli/screen/progress.ts'
import type { Backups } from './backups.ts'
import { owedBackup } from './owed-backup.ts'
import { backupPaths } from './paths.ts'
import { replacedIn } from './replaced.ts'
import {
  begun,
  type Bring,
  finish,
  note,
  placeOfCopy,
  recoveringFile,
  type Replacement,
  requireNoneBegun,
  takePlace,
  toGoOnWith,
} from './replacement.ts'
import { backupSettings } from './settings.ts'
import { never } from './proofs/test-backups.ts'

const members = ['pg1', 'pg2']

/** Members whose data is one file, on a real disk; what would start or end them is killed at its nth call. */
async function made(state: string) {
  const settings = backupSettings.parse({})
  const dataOf = (member: string): string => join(state, 'data', member)
  let calls = 0
  let notedLosses = 0
  let killAt = Infinity
  const step = async (work: () => Promise<void> = () => Promise.resolve()): Promise<void> => {
    calls += 1
    if (calls > killAt) throw new Error('killed')
    await work()
  }
  const address = { host: '', port: 0, database: '', user: '', password: '', ca: '' }
  const replaceable = {
    members,
    dataOf,
    passwords: {},
    stop: () => step(),
    forget: () => step(),
    leads: async () => 'pg1',
    noteLosses: () =>
      step(async () => {
        notedLosses += 1
      }),
  }
  const backups: Backups = {
    state,
    settings,
    paths: backupPaths({ ...exampleInstance, state }, settings),
    database: { leader: never, edge: address, replaceable },
    folders: [],
    bounds: { size: [0.5, 1.5], duration: duration('1 hour') },
    records: { newest: never, keep: never },
    inbox: { put: never, newest: never },
  }
  const bring: Bring = {
    etcd: () => step(),
    first: () => step(),
    everything: () =>
      step(async () => {
        // The other one clones it.
        await mkdir(dataOf('pg2'), { recursive: true })
        await writeFile(join(dataOf('pg2'), 'is'), 'new')
      }),
  }
  for (const member of members) {
    await mkdir(dataOf(member), { recursive: true })
    await writeFile(join(dataOf(member), 'is'), 'old')
  }
  const folder = placeOfCopy({ state })
  await mkdir(join(folder, 'data'), { recursive: true })
  await writeFile(join(folder, 'data', 'is'), 'new')
  const replacement: Replacement = {
    at: 1000,
    to: 500,
    says: 'as of then',
    label: 'one',
    follows: 1,
    timeline: 2,
    systemIdentifier: '7',
    folder,
    aside: join(state, 'data', 'replaced-then'),
    primary: 'pg1',
    phase: 'agreed',
  }
  const { world } = testWorld()
  const losses = (): number => notedLosses
  const run = (from: Replacement) => takePlace(backups, from, bring, world, () => undefined)
  return {
    backups,
    replacement,
    world,
    run,
    losses,
    folder,
    dataOf,
    kill: (at: number) => ((calls = 0), (killAt = at)),
  }
}

const whatIs = (folder: string) => readFile(join(folder, 'is'), 'utf8').catch(() => undefined)

test.each(Array.from({ length: 10 }, (_, index) => index))(
  'killed before its step %i, the old data and the new are there, and the next run ends in the same state',
  (killed) =>
    withFolder(async (state) => {
      const { backups, replacement, run, folder, dataOf, kill } = await made(state)
      await note(backups, replacement)
      kill(killed)
      await run(replacement).catch(() => undefined)
      const places = [dataOf('pg1'), join(folder, 'data'), join(replacement.aside, 'pg1')]
      expect((await Promise.all(places.map(whatIs))).filter(Boolean).toSorted()).toEqual(['new', 'old'])
      // What leads already is whole: others may go on with it.
      const refused = (await begun(backups))?.phase === 'leads' ? undefined : 'a restore (as of then) was cut off'
      const said = requireNoneBegun(backups).catch((error: unknown) => messageOf(error))
      expect((await said)?.slice(0, refused?.length)).toBe(refused)

      // Somebody starts the members, which find nothing in their place and make their folders.
      for (const member of members) await mkdir(dataOf(member), { recursive: true })
      kill(Infinity)
      const left = await begun(backups)
      const done = await run(left ?? replacement)
      expect([await whatIs(dataOf('pg1')), await whatIs(dataOf('pg2'))]).toEqual(['new', 'new'])
      expect(await replacedIn(backups.paths.catalog)).toHaveLength(1)
      // As where a sheet brought it back: from here on it may take the place of nothing any more.
      await writeFile(recoveringFile(state), '')
      const aside = await finish(backups, done)
      expect(await readdir(state)).not.toContain('recovering')
      expect([await readdir(aside), await whatIs(join(aside, 'pg1'))]).toEqual([['pg1'], 'old'])
      await requireNoneBegun(backups)
    }),
)

test('while a sheet brings an instance back nothing else comes up on its empty data, until the copy leads', () =>
  withFolder(async (state) => {
    const { backups, replacement } = await made(state)
    const refusal = () =>
      requireNoneBegun(backups).then(
        () => undefined,
        (error: unknown) => (error instanceof OperatorError ? [error.message, ...error.hints] : error),
      )
    await writeFile(recoveringFile(state), '')
    const [says, goesOn, anew] = [
      'the instance is brought back by its recovery sheet, and that was cut off',
      'edge up --from-sheet FILE goes on with it',
      `where it is to begin with no data instead: rm ${recoveringFile(state)}`,
    ]
    expect(await refusal()).toEqual([says, goesOn, anew])
    await note(backups, { ...replacement, phase: 'placed' })
    expect(await refusal()).toEqual([says, goesOn])
    await note(backups, { ...replacement, phase: 'leads' })
    expect(await refusal()).toBeUndefined()
  }))

test('a mark that an older version left behind keeps nobody out: a backup was made since', () =>
  withFolder(async (state) => {
    const { backups } = await made(state)
    const catalog = join(state, 'backup', 'noted', 'own', 'catalog')
    await mkdir(catalog, { recursive: true })
    await writeFile(join(catalog, '1.json'), '{}')
    await utimes(join(catalog, '1.json'), 0, 0)
    await writeFile(recoveringFile(state), '')
    await expect(requireNoneBegun(backups)).rejects.toThrow('was cut off')
    await writeFile(join(catalog, '2.json'), '{}')
    await utimes(recoveringFile(state), 1, 1)
    await requireNoneBegun(backups)
  }))

test('whoever brings a restore to its end that was cut off knows of what it took away, before anything else is owed', () =>
  withFolder(async (state) => {
    const { backups, replacement, world, losses } = await made(state)
    const owed = () => owedBackup(backups, world, new ProgressScreen(world.stdout)).catch(() => undefined)
    await owed()
    expect(losses()).toBe(0)
    await note(backups, { ...replacement, phase: 'leads' })
    await owed()
    expect(losses()).toBe(1)
  }))

test.each(['agreed', 'ended', 'placed'] as const)(
  'nobody takes one that is %s for one that lacks its backup alone',
  (phase) =>
    withFolder(async (state) => {
      const { backups, replacement, world, folder } = await made(state)
      await note(backups, { ...replacement, phase })
      const owed = owedBackup(backups, world, new ProgressScreen(world.stdout))
      await expect(owed).rejects.toThrow('a restore (as of then) was cut off')
      expect([await begun(backups), await whatIs(join(folder, 'data'))]).toEqual([{ ...replacement, phase }, 'new'])
    }),
)

test('one that was cut off is gone on with by who names its moment, or none; another moment has to wait', () =>
  withFolder(async (state) => {
    const { backups, replacement } = await made(state)
    const [its, other] = [new Date(replacement.to), new Date(replacement.to + 1)]
    expect(await toGoOnWith(backups, { to: other })).toBeUndefined()
    for (const phase of ['agreed', 'ended', 'placed'] as const) {
      const noted = await note(backups, { ...replacement, phase })
      expect(await toGoOnWith(backups, { to: its })).toEqual(noted)
      expect(await toGoOnWith(backups, { to: other, isNow: true })).toEqual(noted)
      await expect(toGoOnWith(backups, { to: other })).rejects.toThrow('another restore (as of then) was cut off')
      expect(await begun(backups)).toEqual(noted)
    }
    await note(backups, { ...replacement, phase: 'leads' })
    expect(await toGoOnWith(backups, { to: its })).toMatchObject({ phase: 'leads' })
    expect(await toGoOnWith(backups, { to: other })).toBeUndefined()
    expect(await begun(backups)).toBeUndefined()
  }))
