import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { fieldsOf } from './fields.ts'
import { schema } from './schema.ts'

const all = fieldsOf(schema)
const days = (count: number) => ({ kind: 'duration', milliseconds: count * 86_400_000 })

describe('the configuration', () => {
  it('is complete with a site alone', () => {
    expect(schema.parse({ site: { static: 'public' } })).toMatchObject({
      name: 'production',
      target: 'local',
      serve: { domain: 'localhost', https: 8443, http: 8080, listen: '127.0.0.1', certificate: 'local' },
      ports: { pooler: 6432, first: 7400 },
      database: { pool: { minimum: 10, maximum: 100 } },
    })
  })

  it('takes its own resolved numbers from the document', () => {
    const { database, backup, monitoring, cdn } = schema.parse({ site: { static: 'public' } })
    expect(database.pool).toMatchObject({ idle: { milliseconds: 300_000 }, wait: { milliseconds: 30_000 } })
    expect([backup.daily.keep, backup.weekly.keep, backup.monthly.keep]).toEqual([days(7), days(30), days(90)])
    expect(monitoring.alarms).toMatchObject({ databaseCpuPercent: 80, connections: 400, cdnErrorsPercent: 1 })
    expect([cdn.cache.hashedAssets, cdn.cache.images, cdn.cache.fonts]).toEqual([days(365), days(7), days(7)])
  })

  it.each([
    [
      {},
      { alarms: { connections: 500 } },
      /^monitoring\.alarms\.connections must be below 500 \(database\.maxConnections\).*: write less here, or more there$/,
    ],
    [{ maxConnections: 450 }, { alarms: { connections: 450 } }, / must be below 450 /],
    [
      {},
      { alarms: { connections: 239 } },
      /^monitoring\.alarms\.connections must be at least 240: 100 for writes, as many for reads and 40 sessions .* It is 239$/,
    ],
    [{ maxConnections: 5000, pool: { maximum: 400 } }, {}, / must be at least 840: .* It is 400$/],
    [{ maxConnections: 5000, pool: { maximum: 400 } }, { alarms: { connections: 4999 } }, /^$/],
    [{}, { alarms: { connections: 240 } }, /^$/],
  ])(
    'with the database %j and monitoring %j has an alarm about connections that can ring, and does not for full pools',
    (database, monitoring, says) => {
      const { error } = schema.safeParse({ site: { static: 'public' }, database, monitoring })
      const issues = error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? []
      expect(issues.join('\n')).toMatch(says)
    },
  )

  it('keeps so many figures that alarms have something to look back at', () => {
    const read = (size: string) => schema.safeParse({ site: { static: 'public' }, monitoring: { keep: { size } } })
    expect(read('400 kB').error?.issues).toMatchObject([{ message: 'must be at least 64 MB' }])
    expect(read('64 MB').success).toBe(true)
  })

  it.each([
    ['nvme0n1', true],
    ['cciss!c0d0', true],
    ['/dev/sda', false],
    ['..', false],
  ])('takes %s for the name of a disk: %s', (device, is) => {
    const given = { site: { static: 'public' }, monitoring: { disk: { device } } }
    expect(schema.safeParse(given).success).toBe(is)
  })

  it.each(['public', '0.0.0.0', '::', '::1', '192.168.1.7'])('lets the site listen on %s', (listen) => {
    expect(schema.parse({ serve: { listen }, site: { static: 'public' } }).serve.listen).toBe(listen)
  })

  it('says what each field is for, with an example', () => {
    expect(all.filter(({ doc }) => doc === undefined).map(({ path }) => path)).toEqual([])
  })

  it.each(all.map((field) => [field.path, field] as const))('reads the example of %s', (_path, field) => {
    expect(z.safeParse(field.schema, field.doc?.example).error?.issues).toBeUndefined()
  })
})
