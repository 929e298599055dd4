import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { metric } from '../../src/core/metric.ts'
import type { DrillRecord } from '../../src/core/record.ts'
import type { Tell } from '../../src/core/tell.ts'
import { metricsOf } from '../../src/engines/node-exporter.ts'
import { makePrivateDirectory, readText, writeAtomically } from '../../src/targets/local/files.ts'
import { kinds, timesTheUsual } from './alarms.ts'
import { type Backups, recordNames } from './backups.ts'
import { readCatalog } from './catalog.ts'
import { backup } from './guarantees.ts'
import { isRead } from './read-repositories.ts'

export type CanFail = (typeof kinds)[number]
/** As an earlier version wrote it of whatever backup: each good one ended it, as it ends that of the daily one. */
const ofBefore = 'backup'

const failedMetric = (failed: Readonly<Record<string, boolean>>): string =>
  metric(
    'edge_backup_failed',
    'gauge',
    'Whether the last one failed.',
    Object.entries(failed).map(([what, is]) => [`{what="${what}"}`, is ? 1 : 0] as const),
  )

export type Figures = {
  /** When the newest good backup was made, and when the newest verification ended; before the first, when backups began. In s since 1970. */
  readonly newest: number
  readonly verified: number
  readonly failed: Readonly<Record<string, boolean>>
  /** Of the newest backup: times the median of those before it, and how long it took in s; absent before the first one. */
  readonly made?: { readonly ratio: number; readonly seconds: number }
}

/** What Prometheus is told of backups, in its text form. */
export const figuresText = ({ newest, verified, failed, made }: Figures): string =>
  [
    failedMetric(failed),
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

/** Since when each kind fails that does. */
export async function failedSince({ paths }: Pick<Backups, 'paths'>): Promise<Partial<Record<CanFail, string>>> {
  const found = await Promise.all(
    kinds.map(async (kind) => {
      const text = await readText(join(paths.failed, kind))
      const at = text ?? (kind === 'daily' ? await readText(join(paths.failed, ofBefore)) : undefined)
      return at === undefined ? [] : [[kind, at.trim()] as const]
    }),
  )
  return Object.fromEntries(found.flat())
}

/** Also of the second repository, where a verification of an earlier version said nothing of it. */
const isWhollyGood = ({ good, secondRepository: second = isRead }: DrillRecord['facts']): boolean =>
  good !== false && second === isRead

/**
 * What the agent asks about the log, and where it tells it: between two backups nobody else would, and a loss would take all
 * that was written since.
 */
export const archivingTold = ({ state, settings }: Pick<Backups, 'state' | 'settings'>): readonly Tell[] =>
  settings.enabled
    ? [
        {
          query:
            "select coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) from pg_stat_archiver",
          afterMs: backup.recoveryPoint.atMost.milliseconds,
          file: join(metricsOf(state), 'archiving.prom'),
          yes: failedMetric({ log: true }),
          no: failedMetric({ log: false }),
        },
      ]
    : []

/** All of it stands in files of this room: whoever writes the figures anew writes the same. */
async function figuresOf({ paths, records }: Backups): Promise<Figures> {
  const [made, since, record, every, failed] = await Promise.all([
    // A damaged catalog says nothing of its backups: they get too old then, which rings.
    readCatalog(paths.catalog).catch(() => []),
    readText(paths.since),
    records.newest(recordNames.verification),
    records.newest(recordNames.deep),
    failedSince({ paths }),
  ])
  const last = made.at(-1)
  const verification = record && 'facts' in record ? record : undefined
  // Of what cannot be read nobody knows what it said.
  const isEveryBad = every !== undefined && ('damaged' in every || every.facts['good'] === false)
  const inSeconds = (at: string | undefined): number => Math.floor(Date.parse(at ?? since?.trim() ?? '') / 1000) || 0
  const facts = made.map(({ database, took }) => ({ bytes: database.bytes, took }))
  const fact = facts.at(-1)
  return {
    newest: inSeconds(last?.at),
    verified: inSeconds(verification?.at),
    failed: {
      ...Object.fromEntries(kinds.map((kind) => [kind, failed[kind] !== undefined])),
      verification: isEveryBad || (verification !== undefined && !isWhollyGood(verification.facts)),
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
export async function tellFailed(backups: Backups, what: readonly CanFail[], at: Date): Promise<void> {
  await makePrivateDirectory(backups.paths.failed)
  for (const one of what) await writeAtomically(join(backups.paths.failed, one), `${at.toISOString()}\n`)
  await tellFigures(backups)
}

/** Ends what rang about these. */
export async function tellMade(backups: Backups, what: readonly CanFail[]): Promise<void> {
  const names = what.includes('daily') ? [...what, ofBefore] : what
  for (const one of names) await rm(join(backups.paths.failed, one), { force: true })
  await tellFigures(backups)
}
