import { expect, it } from 'vitest'
import { databaseSettings } from './settings.ts'

const messages = (rds: object): readonly string[] =>
  databaseSettings.safeParse({ rds }).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []

it.each([
  ['a class without its beginning', { class: 'r5.xlarge' }, "rds.class: must be a class of RDS: 'db.r5.xlarge'"],
  ['storage of a part of a GB', { storage: '100.5 GB' }, "rds.storage: must be whole GB: '200 GB'"],
  ['less storage than RDS has', { storage: '10 GB' }, 'rds.storage: must be at least 20 GB'],
  [
    'a limit that leaves it less than a tenth to grow by',
    { storage: '1000 GB' },
    'rds.growsTo: must be at least 1100 GB: a tenth more than `database.rds.storage`, which is 1000 GB',
  ],
])('refuses %s', (_, given, says) => {
  expect(messages(given)).toEqual([says])
})

it('begins with what the document names', () => {
  expect(databaseSettings.parse({}).rds).toMatchObject({ class: 'db.r5.xlarge' })
  expect(messages({ storage: '1 TB', growsTo: '2 TB' })).toEqual([])
})
