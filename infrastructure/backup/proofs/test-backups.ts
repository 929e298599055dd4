import { duration } from '../../../src/core/units.ts'
import { exampleInstance } from '../../../test/example-instance.ts'
import type { Backups } from '../backups.ts'
import type { CatalogEntry } from '../catalog.ts'
import { backupPaths } from '../paths.ts'
import { backupSettings } from '../settings.ts'

/** What would have to be asked of somebody else. */
export const never = () => Promise.reject(new Error('nobody asks for it'))

/** Backups of a state directory, behind which there is no database; `given`: what a test looks at. */
export function testBackups(state: string, given: Partial<Backups> = {}): Backups {
  const settings = backupSettings.parse({})
  return {
    state,
    settings,
    paths: backupPaths({ ...exampleInstance, state }, settings),
    database: {
      leader: never,
      edge: { host: '', port: 0, database: '', user: '', password: '', ca: '' },
      replaceable: {
        members: [],
        dataOf: () => '',
        passwords: {},
        stop: never,
        forget: never,
        leads: () => Promise.resolve(undefined),
        noteLosses: () => Promise.resolve(),
      },
    },
    folders: [],
    records: { newest: () => Promise.resolve(undefined), keep: never },
    bounds: { size: [0.5, 2], duration: duration('1 hour') },
    inbox: { put: never, newest: never },
    ...given,
  }
}

export const testEntry = (number: number, at: string, bytes = 0): CatalogEntry => ({
  number,
  at,
  tiers: ['daily'],
  took: 2500,
  database: {
    labels: ['one'],
    bytes,
    major: 15,
    collation: 'C',
    architecture: 'x86_64',
    recovery: {},
    point: at,
    markers: { before: '', after: '' },
    fingerprints: {},
    sumsBy: 'bytes',
  },
  files: { snapshot: 'one', paths: [], files: 0, bytes: 0, hashes: {} },
})
