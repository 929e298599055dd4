import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { pgbackrestConfiguration } from '../../src/engines/pgbackrest.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import { requireSameKey } from './key.ts'
import { backupPaths } from './paths.ts'
import { backupSettings } from './settings.ts'

const lost = 'the-key-that-was-lost'

/** Paths in a folder of its own whose pgbackrest.conf holds another key than the secret. */
async function withOtherKey() {
  const state = await mkdtemp(join(tmpdir(), 'edge-key-'))
  onTestFinished(() => rm(state, { recursive: true, force: true }))
  const paths = backupPaths({ ...exampleInstance, state }, backupSettings.parse({}))
  await mkdir(dirname(paths.database.configuration), { recursive: true })
  await writeFile(paths.database.configuration, pgbackrestConfiguration(paths.database, lost))
  return paths
}

type Paths = Awaited<ReturnType<typeof withOtherKey>>
const places: Readonly<Record<string, (paths: Paths) => string>> = {
  'the first repository': ({ database }) => `${database.repositories[0]}/archive/edge/archive.info`,
  'the second repository': ({ database }) => `${database.repositories[1]}/archive/edge/archive.info`,
  'the files': ({ files }) => `${files[0].path}/config`,
}

test.each(Object.entries(places))('leaves the last copy of a key alone that %s was made with', async (_, placeIn) => {
  const paths = await withOtherKey()
  await mkdir(dirname(placeIn(paths)), { recursive: true })
  await writeFile(placeIn(paths), '')
  await expect(requireSameKey(paths.database, paths.files, 'secrets/backup')).rejects.toMatchObject({
    message: expect.stringMatching(/is not the key of these backups; the old one stands in .*pgbackrest.conf/),
    hints: [expect.stringContaining('> secrets/backup'), expect.any(String)],
  })
  expect(await readFile(paths.database.configuration, 'utf8')).toContain(lost)
})

test('takes a new key where nothing was backed up', async () => {
  const paths = await withOtherKey()
  await expect(requireSameKey(paths.database, paths.files, 'secrets/backup')).resolves.toBeUndefined()
})

test('takes the key that is in force', async () => {
  const paths = await withOtherKey()
  const same = paths.files.map((repository) => ({ ...repository, key: lost }))
  const [first, second] = same
  if (!first || !second) throw new Error('there are two repositories')
  await mkdir(join(first.path), { recursive: true })
  await writeFile(join(first.path, 'config'), '')
  await expect(requireSameKey(paths.database, [first, second], 'secrets/backup')).resolves.toBeUndefined()
})
