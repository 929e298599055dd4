import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { project } from '../../../test/instance.ts'
import { databaseSettings } from '../settings.ts'
import { rdsParameters, staticNames } from './parameters.ts'
import { poolShares } from './pool-shares.ts'

const valueOf = (name: string, parameters: object = {}): string | undefined =>
  rdsParameters(databaseSettings.parse({ parameters })).find((one) => one.name === name)?.value

it.each([
  ['work_mem', '32MB', '32768'],
  ['shared_buffers', '8GB', '1048576'],
  ['max_wal_size', '4GB', '4096'],
  ['checkpoint_timeout', '30min', '1800'],
  ['idle_in_transaction_session_timeout', '2min', '120000'],
  ['log_min_duration_statement', '250ms', '250'],
  ['jit', true, '1'],
  ['random_page_cost', 1.5, '1.5'],
  ['timezone', 'Europe/Berlin', 'Europe/Berlin'],
])('says %s = %s as RDS counts it: %s', (name, given, counted) => {
  expect(valueOf(name, { [name]: given })).toBe(counted)
})

it.each([
  ['a parameter of which edge does not know the unit', 'vacuum_cost_delay', '2ms'],
  ['a part of what it is counted in', 'shared_buffers', '1kB'],
])('refuses %s, and says where and how', (_, name, value) => {
  const read = (): unknown => rdsParameters(databaseSettings.parse({ parameters: { [name]: value } }))
  const message = `RDS takes a whole number without a unit (got '${value}')`
  expect(read).toThrow(expect.objectContaining({ where: `database.parameters.${name}`, message }))
})

it('knows each that PostgreSQL reads at its start alone, but for those that nobody may set', async () => {
  const file = join(project, 'test/ministack/postgres-15-parameters.txt')
  const all = (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
  const atStart = all.flatMap(([name = '', applies]) => (applies === 'restart' ? [name] : []))
  const forgotten = atStart.filter((name) => {
    const read = databaseSettings.safeParse({ parameters: { [name]: 1 } })
    return read.success && !staticNames(rdsParameters(read.data)).includes(name)
  })
  expect(atStart.length).toBeGreaterThan(40)
  expect(forgotten.filter((name) => !/^(bonjour|event_source|external_pid_file|recovery_target)/.test(name))).toEqual(
    [],
  )
})

it('follows the memory of the class, whichever that is', () => {
  expect([valueOf('shared_buffers'), valueOf('effective_cache_size')]).toEqual([
    '{DBInstanceClassMemory/32768}',
    '{DBInstanceClassMemory*3/32768}',
  ])
})

it('names what waits for a restart', () => {
  const parameters = rdsParameters(databaseSettings.parse({ parameters: { wal_buffers: '16MB', work_mem: '4MB' } }))
  expect(staticNames(parameters)).toEqual([
    'max_connections',
    'pg_stat_statements.max',
    'shared_buffers',
    'shared_preload_libraries',
    'wal_buffers',
  ])
})

it.each([
  [{}, 500, 20, 2],
  // 100 of 450 are 22.2 %: with 23 there would be three connections more than promised.
  [{}, 450, 22, 3],
  [{ minimum: 0, maximum: 1 }, 5000, 1, 0],
])('turns the pool %j of %i connections into %i and %i %', (pool, maxConnections, maximum, idle) => {
  const settings = databaseSettings.parse({ pool, maxConnections })
  expect(poolShares(settings)).toMatchObject({ maximum, idle })
})

it('shows the arithmetic', () => {
  expect(poolShares(databaseSettings.parse({})).arithmetic).toBe(
    '100 of 500 connections: MaxConnectionsPercent 20; 10 of 500 kept idle: MaxIdleConnectionsPercent 2',
  )
})
