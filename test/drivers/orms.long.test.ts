import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressesOf } from '../../infrastructure/database/addresses.ts'
import type { Command } from '../../src/core/world.ts'
import { type OrmRow, ormRows } from '../../src/docs/driver-table.ts'
import { urlOf } from '../../src/engines/postgres.ts'
import { tlsFiles } from '../../src/targets/local/certificate.ts'
import { debianPackages } from '../debian-packages.ts'
import { TestInstance } from '../instance.ts'
import { nodePackages } from '../node-packages.ts'
import { pythonProgram } from '../python-program.ts'
import { hands } from '../sabotaged.ts'
import { testWorld } from '../world.ts'

const [clients, rounds] = [8, 20]
const all = { right: clients * rounds, wrong: 0, errors: {} }

type Counts = { readonly right: number; readonly wrong: number; readonly errors: Readonly<Record<string, number>> }

const { world } = testWorld()
const sources = join(import.meta.dirname, 'orms')
let instance: TestInstance
let folder: string
let packages: string
let doors: { readonly transaction: string; readonly session: string; readonly owner: string }

beforeAll(async () => {
  instance = await TestInstance.make()
  folder = await mkdtemp(join(tmpdir(), 'edge-orms-'))
  await cp(sources, folder, { recursive: true })
  await symlink(await nodePackages('orms-node-1', sources, world), join(folder, 'node_modules'))
  packages = await pythonProgram('orms-python-1', join(sources, 'requirements.txt'), world)
  const ruby = ['ruby', '-ractive_record', '-rpg', '-e', ''] as const
  await debianPackages(['ruby', 'ruby-activerecord', 'ruby-pg'], ruby, world)
  await instance.edge(['deploy', 'database', '--yes'])
  const { instance: its } = await hands(instance)
  const addresses = addressesOf(its, tlsFiles(instance.state).ca)
  doors = { transaction: urlOf(addresses.app), session: urlOf(addresses.session), owner: urlOf(addresses.owner) }
  await must([process.execPath, join(folder, 'node_modules/prisma/build/index.js'), 'generate'], doors.owner)
})
afterAll(async () => {
  await instance.remove()
  await rm(folder, { recursive: true, force: true })
})

const prisma = 'node_modules/prisma/build/index.js'
const programs: Readonly<Record<OrmRow['key'], { readonly migrate: Command; readonly use: Command }>> = {
  prisma: { migrate: [process.execPath, prisma, 'migrate', 'deploy'], use: [process.execPath, 'prisma.js', 'use'] },
  drizzle: program(process.execPath, 'drizzle.js'),
  sqlalchemy: program('python3', 'sqlalchemy_rows.py'),
  django: program('python3', 'django_rows.py'),
  activeRecord: program('ruby', 'active_record.rb'),
}
function program(...words: [string, string]) {
  return { migrate: [...words, 'migrate', 'plain', '1', '0'], use: [...words, 'use'] } as const
}

async function must(command: Command, address: string): Promise<string> {
  const env = {
    DATABASE_URL: address,
    PYTHONPATH: packages,
    PYTHONDONTWRITEBYTECODE: '1',
    // Prisma would load two programs that are not asked for here: its client and its migrations work by the driver.
    PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
    PRISMA_QUERY_ENGINE_LIBRARY: '/bin/true',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  }
  const { code, stdout, stderr } = await world.run(command, { cwd: folder, env, timeoutMs: 180_000 })
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${stderr}${stdout}`)
  return stdout
}

/** Eight clients at once, as one process has them: its own pool hands their queries to any of its connections. */
async function counted({ key }: OrmRow, address: string, setting: 'plain' | 'set'): Promise<Counts> {
  const { use } = programs[key]
  // Each of the programs prints this one object.
  return JSON.parse(await must([...use, setting, String(clients), String(rounds)], address)) as Counts
}

describe.each(ormRows.map((row) => [row.name, row] as const))('%s', (_name, row) => {
  test('makes its table by its own migration at the session door, and does not make it twice', async () => {
    await must(programs[row.key].migrate, doors.owner)
    await expect(must(programs[row.key].migrate, doors.owner)).resolves.toBeDefined()
  })

  test('does all of it at the session door, as it comes', async () => {
    expect(await counted(row, doors.session, 'plain')).toEqual(all)
  })

  test('does all of it at the transaction door, with the setting that the page names', async () => {
    expect(await counted(row, doors.transaction, 'set')).toEqual(all)
  })

  test(`is never given a wrong answer at the transaction door, as it comes: ${row.refusedWith ?? 'right'}`, async () => {
    const { right, wrong, errors } = await counted(row, doors.transaction, 'plain')
    const refused = Object.values(errors).reduce((sum, count) => sum + count, 0)
    expect({ wrong, answered: right + refused, codes: Object.keys(errors) }).toEqual({
      wrong: 0,
      answered: all.right,
      codes: row.refusedWith === undefined ? [] : [row.refusedWith],
    })
  })
})
