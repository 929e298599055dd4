import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compose } from '../../infrastructure/compose.ts'
import { addressesOf } from '../../infrastructure/database/addresses.ts'
import type { Command } from '../../src/core/world.ts'
import { type DriverRow, driverRows } from '../../src/docs/driver-table.ts'
import { urlOf } from '../../src/engines/postgres.ts'
import { tlsFiles } from '../../src/targets/local/certificate.ts'
import { buildGo } from '../go-program.ts'
import { TestInstance } from '../instance.ts'
import { pythonProgram } from '../python-program.ts'
import { hands } from '../sabotaged.ts'
import { testWorld } from '../world.ts'

const [clients, queries] = [8, 50]
const all = { right: clients * queries, wrong: 0, errors: {} }
/** PostgreSQL has no such statement: the one way in which a query may not be right here. */
const noSuchStatement = '26000'

type Counts = { readonly right: number; readonly wrong: number; readonly errors: Readonly<Record<string, number>> }

const { world } = testWorld()
const here = import.meta.dirname
let instance: TestInstance
let folder: string
let packages: string
/** `handed`: what edge gives to the program of Go, which has both drivers in it, where it is the API. */
let doors: { readonly transaction: string; readonly session: string; readonly handed: string }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-drivers-'))
  const goProgram = join(folder, 'drivers')
  instance = await TestInstance.make(`site: { ...production.site, api: { command: ['${goProgram}'] } },`)
  packages = await pythonProgram('drivers-1', join(here, 'requirements.txt'), world)
  await buildGo(join(here, 'go'), goProgram, world)
  await instance.edge(['deploy', 'database', '--yes'])
  const { instance: its, configuration } = await hands(instance)
  const addresses = addressesOf(its, tlsFiles(instance.state).ca)
  const api = compose(configuration, its, instance.file).plan.find(({ name }) => name === 'api1')
  const handed = (api?.kind === 'engine' && api.environment?.['DATABASE_URL']) || 'none'
  doors = { transaction: urlOf(addresses.app), session: urlOf(addresses.session), handed }
})
afterAll(async () => {
  await instance.remove()
  await rm(folder, { recursive: true, force: true })
})

/** Eight clients at once, each with statements of its own: an answer to another's is a wrong one. */
async function counted({ program, key }: DriverRow, address: string, setting: 'plain' | 'set'): Promise<Counts> {
  const programs: Readonly<Record<typeof program, Command>> = {
    go: [join(folder, 'drivers')],
    python: ['python3', join(here, 'drivers.py')],
    node: [process.execPath, join(here, 'node.ts')],
  }
  const env = { DATABASE_URL: address, PYTHONPATH: packages }
  const command: Command = [...programs[program], key, setting, String(clients), String(queries)]
  const { code, stdout, stderr } = await world.run(command, { env })
  if (code !== 0) throw new Error(`${key} ended with ${code}: ${stderr}`)
  // Each of the three programs prints this one object.
  return JSON.parse(stdout) as Counts
}

describe.each(driverRows.map((row) => [row.name, row] as const))('%s', (_name, row) => {
  test('gets every answer at the session door, as it comes', async () => {
    expect(await counted(row, doors.session, 'plain')).toEqual(all)
  })

  test('gets every answer at the transaction door, with the setting that the page names', async () => {
    expect(await counted(row, doors.transaction, 'set')).toEqual(all)
  })

  test(`is never given a wrong answer at the transaction door, as it comes: ${row.asItComes}`, async () => {
    const address = row.program === 'go' ? doors.handed : doors.transaction
    expect(await asItComes(row, address)).toEqual({ wrong: 0, answered: all.right, refused: row.asItComes })
  })
})

test('lib/pq is never given a wrong answer by an address that does not say what it is: refused', async () => {
  const [libPq] = driverRows.filter(({ key }) => key === 'pq')
  if (!libPq) throw new Error('the page has no row for it')
  expect(await asItComes(libPq, doors.transaction)).toEqual({ wrong: 0, answered: all.right, refused: 'refused' })
})

async function asItComes(row: DriverRow, address: string) {
  const { right, wrong, errors } = await counted(row, address, 'plain')
  const refused = errors[noSuchStatement] ?? 0
  return { wrong, answered: right + refused, refused: refused > 0 ? 'refused' : 'right' }
}
