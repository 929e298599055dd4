import { stat } from 'node:fs/promises'
import type { Client } from 'pg'
import { exit, OperatorError } from '../../src/core/errors.ts'
import type { Screen } from '../../src/core/screen.ts'
import type { World } from '../../src/core/world.ts'
import { withClient } from '../../src/engines/postgres.ts'
import type { Backups, Say } from './backups.ts'
import { type Fingerprint, readCatalog } from './catalog.ts'
import { allFingerprints } from './fingerprints.ts'
import { highestOf } from './recovering.ts'
import { restoredCopy, startRestored } from './restored-server.ts'

type Tables = Readonly<Record<string, Fingerprint>>

/** A table of a restored copy beside the live one; null where it is not there. */
export type Compared = {
  readonly table: string
  readonly restored: number | null
  readonly live: number | null
  readonly is: 'same' | 'other rows' | 'other content' | 'only restored' | 'only live'
}

/** Every table of either, the ones that differ first. */
export function compareTables(restored: Tables, live: Tables): readonly Compared[] {
  const names = [...new Set([...Object.keys(restored), ...Object.keys(live)])].toSorted()
  const all = names.map((table): Compared => {
    const [one, other] = [restored[table], live[table]]
    return { table, restored: one?.rows ?? null, live: other?.rows ?? null, is: howTheyDiffer(one, other) }
  })
  return [...all.filter(({ is }) => is !== 'same'), ...all.filter(({ is }) => is === 'same')]
}

function howTheyDiffer(one: Fingerprint | undefined, other: Fingerprint | undefined): Compared['is'] {
  if (!one) return 'only live'
  if (!other) return 'only restored'
  if (one.rows !== other.rows) return 'other rows'
  return one.sum === other.sum ? 'same' : 'other content'
}

/** As one moment of the live database has them: rows that are written while it counts change nothing. */
export async function liveTables({ database }: Pick<Backups, 'database'>): Promise<Tables> {
  const { app } = await database.leader()
  return withClient(app, inOneMoment)
}

async function inOneMoment(client: Client): Promise<Tables> {
  await client.query('begin isolation level repeatable read read only')
  return allFingerprints(client).finally(() => client.query('rollback').catch(() => undefined))
}

/** Compares the copy in a folder, as `edge restore database --into` left it, with the live database. Changes neither. */
export async function compare(backups: Backups, folder: string, world: World, say: Say): Promise<readonly Compared[]> {
  const copy = restoredCopy(folder)
  if (!(await stat(copy.configuration).catch(() => undefined)))
    throw new OperatorError(
      'compare',
      `${folder} holds no restored database`,
      [`edge restore database --into ${folder}`],
      exit.usage,
    )
  say('the live database')
  const live = await liveTables(backups)
  say('the restored one')
  const server = await startRestored(
    copy,
    highestOf(await readCatalog(backups.paths.catalog)),
    backups.paths.sockets,
    world,
  )
  try {
    const client = await server.connect('app')
    return compareTables(await allFingerprints(client).finally(() => client.end()), live)
  } finally {
    await server.stop('fast')
  }
}

/** The tables that differ, under their heads. */
export function showDifferences(compared: readonly Compared[], screen: Pick<Screen, 'line' | 'rows'>): void {
  const other = compared.filter(({ is }) => is !== 'same')
  if (other.length === 0) return screen.line(`  all ${compared.length} tables are as in the live database`)
  const count = (rows: number | null): string => (rows === null ? '–' : String(rows))
  const rows = other.map(({ table, restored, live, is }) => [table, count(restored), count(live), is])
  screen.rows(['table', 'restored', 'live', ''], rows, [''])
  screen.line(`  ${compared.length - other.length} tables are the same`)
}
