import { readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { OperatorError } from '../../src/core/errors.ts'
import { succeeded } from '../../src/core/succeeded.ts'
import type { World } from '../../src/core/world.ts'
import {
  makePrivateDirectory,
  readJson,
  readText,
  syncDirectory,
  writeAtomically,
} from '../../src/targets/local/files.ts'
import { archived } from './archive.ts'
import type { Backups, Say } from './backups.ts'
import { timelineOf } from './prepare-replacement.ts'
import { noteReplaced } from './replaced.ts'

const schema = z.object({
  /** When it was agreed; then when the live database ended. In ms since 1970. */
  at: z.number(),
  /** The moment of the copy, in ms since 1970, and as the operator reads it. */
  to: z.number(),
  says: z.string(),
  label: z.string(),
  follows: z.number(),
  timeline: z.number(),
  systemIdentifier: z.string(),
  /** The restored copy, until it is in its place. */
  folder: z.string(),
  /** Where the live data goes. */
  aside: z.string(),
  /** The timeline that ends there, where the data in its place is not of it. */
  from: z.number().optional(),
  /** Who led when it was agreed. */
  primary: z.string().optional(),
  /** What was done: each is written down when it is. */
  phase: z.enum(['agreed', 'ended', 'placed', 'leads']),
})

/** A copy that takes the place of the live database: written down before the first step, and until the last one is done. */
export type Replacement = Readonly<z.output<typeof schema>>

const fileOf = ({ state }: Pick<Backups, 'state'>): string => join(state, 'backup', 'replacement.json')

/** There while an instance is brought back by its sheet, and not yet what it was. */
export const recoveringFile = (state: string): string => join(state, 'recovering')

/**
 * Whether a recovery by a sheet is under way. Its last step is a backup: where one was made since, an older version left the
 * mark behind, when somebody else brought the recovery to its end.
 */
export async function isRecovering(state: string): Promise<boolean> {
  const mark = await stat(recoveringFile(state)).catch(() => undefined)
  if (!mark) return false
  const noted = join(state, 'backup', 'noted')
  const names = await readdir(noted, { recursive: true }).catch((): string[] => [])
  const entries = names.filter((name) => /\/catalog\/\d+\.json$/.test(name))
  const made = await Promise.all(entries.map(async (name) => (await stat(join(noted, name))).mtimeMs))
  return made.every((time) => time <= mark.mtimeMs)
}

const isThere = (path: string): Promise<boolean> => succeeded(stat(path))

/** On the disk of the live data, so that the one takes the place of the other by a rename. */
export const placeOfCopy = ({ state }: Pick<Backups, 'state'>): string => join(state, 'data', 'restored')
export const placeOfOld = ({ state }: Pick<Backups, 'state'>, at: Date): string =>
  join(state, 'data', `replaced-${at.toISOString().slice(0, 19).replaceAll(':', '')}`)

/** The replacement that was begun and has not come to its end. Throws OperatorError where its note cannot be read. */
export async function begun(backups: Pick<Backups, 'state'>): Promise<Replacement | undefined> {
  const file = fileOf(backups)
  const found = await readJson(file, schema)
  if (found || (await readText(file)) === undefined) return found
  throw new OperatorError('restore', `${file} is damaged`, `the live data and the copy lie below ${backups.state}/data`)
}

/**
 * The replacement that was cut off, to go on with. One that leads already is done but for its backup: another moment begins
 * anew then, and undefined is answered. Throws OperatorError where another moment is wanted before.
 */
export async function toGoOnWith(
  backups: Backups,
  { to, isNow = false }: { readonly to: Date; readonly isNow?: boolean },
): Promise<Replacement | undefined> {
  const cutOff = await begun(backups)
  if (!cutOff || isNow || cutOff.to === to.getTime()) return cutOff
  if (cutOff.phase !== 'leads')
    throw new OperatorError(
      '--to',
      `another restore (${cutOff.says}) was cut off while it took the place of the database, and comes first`,
      ['edge restore database --replace goes on with it; then this again'],
    )
  await finish(backups, cutOff)
  return undefined
}

/**
 * Throws OperatorError where a restore was cut off: nobody else may start members on half of it, or on the empty data that a
 * sheet was to take the place of. Where the copy leads already the data is whole: what is missing then, the other members
 * and a new backup, `edge up` brings as well, and a repository that is damaged must not keep the site down.
 */
export async function requireNoneBegun(backups: Pick<Backups, 'state'>): Promise<void> {
  const found = await begun(backups)
  if (found?.phase === 'leads') return
  if (await isRecovering(backups.state))
    throw new OperatorError('restore', 'the instance is brought back by its recovery sheet, and that was cut off', [
      'edge up --from-sheet FILE goes on with it',
      ...(found ? [] : [`where it is to begin with no data instead: rm ${recoveringFile(backups.state)}`]),
    ])
  if (!found) return
  throw new OperatorError('restore', `a restore (${found.says}) was cut off while it took the place of the database`, [
    'edge restore database --replace goes on with it',
  ])
}

export async function note(backups: Pick<Backups, 'state'>, replacement: Replacement): Promise<Replacement> {
  await makePrivateDirectory(join(backups.state, 'backup'))
  await writeAtomically(fileOf(backups), `${JSON.stringify(replacement)}\n`)
  await syncDirectory(join(backups.state, 'backup'))
  return replacement
}

/** How engines are brought up: the plan does it. */
export type Bring = {
  readonly etcd: () => Promise<void>
  /** The first member alone. */
  readonly first: () => Promise<void>
  /** Everything, until it is as the plan says. */
  readonly everything: () => Promise<void>
}

/**
 * Puts a prepared copy in the place of the live data, whose folders are moved aside, and has the members stream from it.
 * Each step may be cut off and be done again. At every moment both the old data and the new lie in one place whole.
 */
export async function takePlace(
  backups: Backups,
  replacement: Replacement,
  bring: Bring,
  world: World,
  say: Say,
): Promise<Replacement> {
  let now = replacement
  const { replaceable } = backups.database
  if (now.phase === 'agreed') {
    await bring.etcd()
    say('ending the members')
    await replaceable.stop(world)
    await requireOlder(backups, now, bring, world)
    now = await note(backups, { ...now, at: world.now().getTime(), phase: 'ended' })
  }
  if (now.phase === 'ended') {
    // Somebody may have started them since.
    await replaceable.stop(world)
    await place(backups, now, world)
    now = await note(backups, { ...now, phase: 'placed' })
  }
  if (now.phase === 'placed') {
    await bring.etcd()
    await replaceable.stop(world)
    await replaceable.forget(now.systemIdentifier)
    say('starting on the restored data')
    await bring.first()
    await untilLed(backups, world)
    now = await note(backups, { ...now, phase: 'leads' })
  }
  say('the other members clone it')
  await bring.everything()
  await replaceable.noteLosses(now.at, world)
  return now
}

/** The log of until now, so that a later restore can go to any moment of it. Nothing waits for it where nobody leads. */
export async function archiveLast(backups: Backups, world: World, say: Say): Promise<void> {
  if ((await backups.database.replaceable.leads()) === undefined) return
  say('archiving the log of until now')
  await archived(backups, world).catch((error: unknown) => {
    if (world.signal.aborted || !(error instanceof OperatorError)) throw error
    say(error.message)
  })
}

/**
 * A member that took over meanwhile may have begun the timeline that the copy has: their logs would overwrite each other.
 * Nothing was moved by then.
 */
async function requireOlder(backups: Backups, replacement: Replacement, bring: Bring, world: World): Promise<void> {
  const { members, dataOf } = backups.database.replaceable
  const live = await timelineOf(members.map(dataOf), world)
  if (live < replacement.timeline) return
  await forgetReplacement(backups, replacement)
  await bring.everything()
  throw new OperatorError('restore', 'the primary changed while the copy was restored; nothing was replaced', [
    'run this again',
  ])
}

async function place(backups: Backups, replacement: Replacement, world: World): Promise<void> {
  const { members, dataOf } = backups.database.replaceable
  const { folder, aside } = replacement
  const [first = ''] = members
  const restored = join(folder, 'data')
  // It is in its place already, and the data there is the new one.
  if (!(await isThere(restored))) return
  const from =
    replacement.from ?? (await timelineOf([...members.map(dataOf), ...members.map((name) => join(aside, name))], world))
  await makePrivateDirectory(aside)
  for (const member of members) await moveAside(dataOf(member), aside)
  await noteReplaced(backups.paths.catalog, { to: replacement.to, at: replacement.at, from })
  await rename(restored, dataOf(first))
  await syncDirectory(join(backups.state, 'data'))
}

/** An empty folder, as a start leaves that was cut off, is no data. */
async function moveAside(data: string, aside: string): Promise<void> {
  const names = await readdir(data).catch(() => undefined)
  if (names === undefined) return
  if (names.length === 0) return rmdir(data)
  let to = join(aside, basename(data))
  for (let again = 2; await isThere(to); again += 1) to = join(aside, `${basename(data)}.${again}`)
  await rename(data, to)
  await syncDirectory(aside)
}

const leadsWithinMs = 600_000

async function untilLed({ database: { replaceable } }: Backups, world: World): Promise<void> {
  const deadline = Date.now() + leadsWithinMs
  while ((await replaceable.leads()) === undefined) {
    if (Date.now() > deadline)
      throw new OperatorError('restore', 'no member leads on the restored data', [
        `edge logs ${replaceable.members[0] ?? 'pg1'}`,
        'edge restore database --replace goes on with it',
      ])
    await world.sleep(200)
  }
}

/** Where the whole of what was replaced lies: the primary's data, or all of it where nobody led. */
export async function finish(backups: Backups, replacement: Replacement): Promise<string> {
  const { aside, primary, folder } = replacement
  const kept = await readdir(aside).catch((): string[] => [])
  if (primary !== undefined && kept.includes(primary))
    for (const name of kept.filter((one) => one !== primary && backups.database.replaceable.members.includes(one)))
      await rm(join(aside, name), { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
  // With it a sheet may take the place of data: whoever comes to the end takes that back, and before the note goes.
  await rm(recoveringFile(backups.state), { force: true })
  await rm(fileOf(backups), { force: true })
  return aside
}

/** Of one that was not agreed to, or could not be: the copy goes, and the live data was never touched. */
export async function forgetReplacement(backups: Backups, { folder }: Pick<Replacement, 'folder'>): Promise<void> {
  await rm(fileOf(backups), { force: true })
  await rm(folder, { recursive: true, force: true })
}
