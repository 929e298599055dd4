import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { metric } from '../../src/core/metric.ts'
import { makePrivateDirectory, readText, writeAtomically } from '../../src/targets/local/files.ts'
import { timesTheUsual } from './alarms.ts'
import { type Backups, recordNames } from './backups.ts'
import { readCatalog } from './catalog.ts'

/** What can fail by itself, and rings until it ends well again: a whole backup, or what changes within a day. */
export type CanFail = 'backup' | 'files'

export type Figures = {
  /** When the newest good backup was made, and when the newest verification ended; before the first, when backups began. In s since 1970. */
  readonly newest: number
  readonly verified: number
  readonly failed: Readonly<Record<CanFail | 'verification', boolean>>
  /** Of the newest backup: times the median of those before it, and how long it took in s; absent before the first one. */
  readonly made?: { readonly ratio: number; readonly seconds: number }
}

/** What Prometheus is told of backups, in its text form. */
export const figuresText = ({ newest, verified, failed, made }: Figures): string =>
  [
    metric(
      'edge_backup_failed',
      'gauge',
      'Whether the last one failed.',
      Object.entries(failed).map(([what, is]) => [`{what="${what}"}`, is ? 1 : 0] as const),
    ),
    metric(
      'edge_backup_newest_seconds',
      'gauge',
      'When the newest good backup was made; before the first one, when backups began.',
      [['', newest]],
    ),
    metric(
      'edge_backup_verified_seconds',
      'gauge',
      'When the newest verification ended; before the first one, when backups began.',
      [['', verified]],
    ),
    metric(
      'edge_backup_size_ratio',
      'gauge',
      'Size of the newest backup, as times the median of those before it.',
      made ? [['', made.ratio]] : [],
    ),
    metric(
      'edge_backup_duration_seconds',
      'gauge',
      'How long the newest backup took.',
      made ? [['', made.seconds]] : [],
    ),
  ].join('')

/** All of it stands in files of this room: whoever writes the figures anew writes the same. */
async function figuresOf({ paths, records }: Backups): Promise<Figures> {
  const [made, since, record, backup, files] = await Promise.all([
    // A damaged catalog says nothing of its backups: they get too old then, which rings.
    readCatalog(paths.catalog).catch(() => []),
    readText(paths.since),
    records.newest(recordNames.verification),
    readText(join(paths.failed, 'backup')),
    readText(join(paths.failed, 'files')),
  ])
  const last = made.at(-1)
  const verification = record && 'facts' in record ? record : undefined
  const inSeconds = (at: string | undefined): number => Math.floor(Date.parse(at ?? since?.trim() ?? '') / 1000) || 0
  const facts = made.map(({ database, took }) => ({ bytes: database.bytes, took }))
  const fact = facts.at(-1)
  return {
    newest: inSeconds(last?.at),
    verified: inSeconds(verification?.at),
    failed: {
      backup: backup !== undefined,
      files: files !== undefined,
      verification: verification?.facts['good'] === false,
    },
    ...(fact ? { made: { ratio: timesTheUsual(fact, facts.slice(0, -1)), seconds: fact.took / 1000 } } : {}),
  }
}

/** Whether the figures that Prometheus reads are those of now. */
export const areFiguresTold = async (backups: Backups): Promise<boolean> =>
  (await readText(backups.paths.figures)) === figuresText(await figuresOf(backups))

/** Writes the figures where Prometheus's node exporter reads them: as a whole, so that it never sees half of them. */
export async function tellFigures(backups: Backups): Promise<void> {
  const { figures } = backups.paths
  await makePrivateDirectory(dirname(figures))
  await writeAtomically(figures, figuresText(await figuresOf(backups)))
}

/** Rings from now on, until the next one ends well. */
export async function tellFailed(backups: Backups, what: CanFail, at: Date): Promise<void> {
  await makePrivateDirectory(backups.paths.failed)
  await writeAtomically(join(backups.paths.failed, what), `${at.toISOString()}\n`)
  await tellFigures(backups)
}

/** Ends what rang about these. */
export async function tellMade(backups: Backups, what: readonly CanFail[]): Promise<void> {
  for (const one of what) await rm(join(backups.paths.failed, one), { force: true })
  await tellFigures(backups)
}
