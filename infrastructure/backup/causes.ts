import { statfs } from 'node:fs/promises'
import { boundariesOf, type Cause, type Causes } from '../../src/core/alarm.ts'
import { OperatorError } from '../../src/core/errors.ts'
import { duration } from '../../src/core/units.ts'
import type { Command, World } from '../../src/core/world.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { lockInstance } from '../../src/targets/local/lock.ts'
import type { BackupBounds } from './alarms.ts'
import type { Backups } from './backups.ts'
import { readCatalog } from './catalog.ts'
import { tellFigures } from './figures.ts'
import { makeBackup } from './make-backup.ts'
import { verifyBackup } from './verification.ts'

const isBackup = (command: Command): boolean => command[0].endsWith('pgbackrest') && command.at(-1) === 'backup'

/** The world as it is, but that each run of pgBackRest's backup goes through `instead`. */
const bent = (world: World, instead: World['run']): World => ({
  ...world,
  run: (command, options) => (isBackup(command) ? instead(command, options) : world.run(command, options)),
})

/** What was begun is brought to its end, after Ctrl-C as well: a backup that failed rings until a good one is there. */
const whole = (world: World): World => ({
  ...world,
  signal: new AbortController().signal,
  run: (command, options) => world.run(command, { ...options, uninterrupted: true }),
})

/** The server of the database is gone from where it was: pgBackRest itself says so. */
const nowhere = (command: Command): Command => [
  command[0],
  ...command.slice(1).map((word) => (word.startsWith('--pg1-path=') ? '--pg1-path=/nonexistent/edge-drill' : word)),
]

/** No hour is waited for: the boundary is scaled, to what a backup does not take by itself even where the machine is busy. */
const unusualSeconds = (usual: number): number => 2 * usual + 45

/** So much older than now the newest backup, or its verification, may get: nobody waits for a day, or a week. */
const agesSeconds = 15

const filler = 'edge.drill_filler'
const mebibyte = 2 ** 20
/** More than that is not written for a drill, nor a tenth of what is free. */
const growsAtMost = 512 * mebibyte

/**
 * What makes the alarms about backups ring, for a drill: each makes a backup that is as it should not be, or none, then a good
 * one.
 */
export const backupCauses = (backups: Backups, bounds: BackupBounds): Causes => {
  const inTurn = async (world: World, work: () => Promise<unknown>): Promise<void> => {
    const release = await lockInstance(backups.state, 'drill', world.now(), 'backup.lock')
    try {
      await work()
    } finally {
      await release()
    }
  }
  const make = async (world: World): Promise<void> => {
    if (!backups.settings.enabled)
      throw new OperatorError('drill', 'backups are switched off here', 'backup: { enabled: true }')
    await inTurn(world, () => makeBackup(backups, ['daily'], bounds, world, () => undefined))
  }
  const again = (world: World): Promise<void> => make(whole(world))
  return {
    backupFailed: () => ({
      begin: async (world) => {
        const failed = await make(bent(world, (command, options) => world.run(nowhere(command), options))).then(
          () => false,
          (error: unknown) => {
            if (world.signal.aborted || !(error instanceof OperatorError) || error.where !== 'pgbackrest') throw error
            return true
          },
        )
        if (!failed) throw new OperatorError('drill backup-failed', 'the backup did not fail', 'edge backup list')
      },
      end: again,
    }),
    backupDuration: (alarm) => {
      let heldUpSeconds = boundariesOf(alarm, 'seconds').at(-1)?.at ?? 0
      // Once: there are two repositories.
      let isHeldUp = false
      return {
        scaled: async (usual) => (heldUpSeconds = unusualSeconds(usual)),
        begin: (world) =>
          make(
            bent(world, async (command, options) => {
              if (!isHeldUp) await world.sleep(heldUpSeconds * 1000)
              isHeldUp = true
              return world.run(command, options)
            }),
          ),
        end: again,
      }
    },
    freshness: () => {
      let isWaiting = false
      return {
        scaled: async (age) => Math.ceil(age) + agesSeconds,
        // Of a day.
        isNeverReal: true,
        begin: async () => void (isWaiting = true),
        // Of a drill that was killed, or ended by Ctrl-C, there is nothing to take back: its boundary goes with it.
        end: async (world) => (isWaiting && !world.signal.aborted ? again(world) : undefined),
      }
    },
    verification: () => {
      let isWaiting = false
      return {
        scaled: async (age) => Math.ceil(age) + agesSeconds,
        // Of a week, and two hours beyond it.
        isNeverReal: true,
        waits: duration('1 minute'),
        begin: async () => {
          if ((await readCatalog(backups.paths.catalog)).length === 0)
            throw new OperatorError('drill verification', 'there is no backup to verify', 'edge backup now')
          isWaiting = true
        },
        // As with the age of backups. Once: what is found stands in the inbox, and would be found again.
        end: async (world) => {
          if (!isWaiting || world.signal.aborted) return
          isWaiting = false
          await inTurn(world, () => verifyBackup(backups, whole(world), () => undefined))
        },
      }
    },
    backupSize: (alarm) => grows(backups, boundariesOf(alarm, 'count').at(-1)?.at ?? 0, make, again),
  }
}

/** Has the database grow beyond what a backup may, and shrink again. */
function grows(backups: Backups, times: number, make: Cause['begin'], again: Cause['end']): Cause {
  const asSuperuser = async (statement: string): Promise<void> => {
    const { app } = await backups.database.leader()
    await withClient(app, (client) => client.query(statement))
  }
  return {
    begin: async (world) => {
      const sizes = (await readCatalog(backups.paths.catalog)).map(({ database }) => database.bytes)
      const usual = sizes.slice(-7).toSorted((one, other) => one - other)[Math.floor(Math.min(sizes.length, 7) / 2)]
      if (usual === undefined)
        throw new OperatorError('drill backup-size', 'there is no backup to be larger than', 'edge backup now')
      const needed = Math.ceil((times - Math.min(1, (sizes.at(-1) ?? usual) / usual) + 0.2) * usual)
      const { bavail, bsize } = await statfs(backups.state)
      if (needed > Math.min(growsAtMost, (bavail * bsize) / 10)) {
        const what = `the database would have to grow by ${Math.round(needed / mebibyte)} MB`
        throw new OperatorError(
          'drill backup-size',
          what,
          'monitoring.alarms.backupSizeAtMost is what it is held against',
        )
      }
      await asSuperuser(`drop table if exists ${filler}`)
      await asSuperuser(
        `create table ${filler} as select repeat(md5(row::text), 60) as held from generate_series(1, ${Math.ceil(needed / 2000)}) as row`,
      )
      await make(world)
    },
    end: async (world) => {
      await asSuperuser(`drop table if exists ${filler}`)
      await again(world)
      await tellFigures(backups)
    },
  }
}
