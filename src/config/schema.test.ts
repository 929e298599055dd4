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
