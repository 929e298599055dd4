import { apply, everything } from '../../src/cli/apply.ts'
import type { ProgressScreen } from '../../src/cli/screen/progress.ts'
import type { Session } from '../../src/cli/session.ts'
import { OperatorError } from '../../src/core/errors.ts'
import { closure } from '../../src/core/graph.ts'
import { inSeconds } from '../../src/core/units.ts'
import { converge } from '../../src/targets/local/converge.ts'
import { assertUnlocked, lockInstance } from '../../src/targets/local/lock.ts'
import { compareTables, liveTables, showDifferences } from '../backup/compare.ts'
import { bytesOf } from '../backup/progress.ts'
import { makeBackup } from '../backup/make-backup.ts'
import { type Prepared, prepare } from '../backup/prepare-replacement.ts'
import {
  archiveLast,
  type Bring,
  finish,
  forgetReplacement,
  note,
  placeOfCopy,
  placeOfOld,
  type Replacement,
  takePlace,
  toGoOnWith,
} from '../backup/replacement.ts'
import { removeUnfinished } from '../backup/restored-server.ts'
import { inWords, verifyBackup } from '../backup/verification.ts'
import type { Repository } from '../backup/which-repository.ts'

type Wanted = {
  readonly to: Date
  /** Nobody named a moment. */
  readonly isNow?: boolean
  readonly from: Repository
  readonly isLost?: boolean
}
type Ask = () => Promise<boolean>

/** Restores something and puts it in the place of what is live. Answers what was done; undefined where the operator said no. */
export type Replace = (
  session: Session,
  screen: ProgressScreen,
  wanted: Wanted,
  ask: Ask,
) => Promise<object | undefined>

export const sessionOf = ({ composed: { backups }, world }: Session) => ({ backups, world })

export const lineOf = (screen: ProgressScreen) => (text: string) => screen.line(`  ${text}`)

/** The whole database: all members go on with the copy, and a new backup of it is verified. */
export const replaceDatabase: Replace = async (session, screen, wanted, ask) => {
  const { backups } = session.composed
  const { state } = session.instance
  // It would be refused at the end, after hours.
  await assertUnlocked(state, session.world)
  const cutOff = await toGoOnWith(backups, wanted)
  if (cutOff) screen.line(`  goes on with the restore that was cut off: ${cutOff.says}`)
  const prepared = cutOff ? undefined : await agreedCopy(session, screen, wanted, ask)
  if (!cutOff && !prepared) return undefined
  // Before anything is written down: whoever brings the instance up meanwhile would take it for theirs to end.
  const release = await lockInstance(state, 'restore database', session.world.now()).catch(async (error: unknown) => {
    if (prepared) await forgetReplacement(backups, prepared)
    throw error
  })
  try {
    const replacement = cutOff ?? (prepared && (await noteAgreed(session, screen, wanted, prepared)))
    if (!replacement) return undefined
    const aside = await replaceWith(session, screen, replacement)
    const madeUp = await provenBackup(session, screen).catch((error: unknown) => {
      throw error instanceof OperatorError ? replacedOnly(error) : error
    })
    await finish(backups, replacement)
    const { says, label, follows, timeline, systemIdentifier } = replacement
    screen.line('')
    screen.line(`  what was live before lies in ${aside}`)
    screen.line(`  when nobody needs it any more: rm -r ${aside}`)
    return { replaced: true, to: says, label, follows, timeline, systemIdentifier, aside, ...madeUp }
  } finally {
    await release()
  }
}

/** Most of those who come here have a damaged first repository: that is why they restored from the second one. */
const replacedOnly = ({ message }: OperatorError): OperatorError =>
  new OperatorError(
    'restore',
    `the restored data is live, and everything runs on it; what is missing is a new backup of it: ${message}`,
    [
      'is the first repository damaged? set backup.repository to a new folder, then edge deploy backup',
      'edge backup now, then edge backup verify, make up for it',
    ],
  )

/** A copy that was looked through, and that an operator wants. Undefined where they do not. */
async function agreedCopy(
  session: Session,
  screen: ProgressScreen,
  wanted: Wanted,
  ask: Ask,
): Promise<Prepared | undefined> {
  const { backups } = session.composed
  const prepared = await preparedCopy(session, screen, wanted)
  const live = await liveTables(backups).catch(() => undefined)
  if (live) showDifferences(compareTables(prepared.tables, live), screen)
  else screen.line('  the live database does not answer: nothing to compare with')
  screen.close()
  let isWanted = false
  try {
    isWanted = await ask()
  } finally {
    // Also where Ctrl-C was the answer.
    if (!isWanted) await forgetReplacement(backups, prepared)
  }
  return isWanted ? prepared : undefined
}

/** Written down: from here on it goes on until its end. */
async function noteAgreed(
  { world, composed: { backups } }: Session,
  screen: ProgressScreen,
  wanted: Wanted,
  prepared: Prepared,
): Promise<Replacement> {
  const primary = await backups.database.replaceable.leads()
  await archiveLast(backups, world, lineOf(screen))
  return note(backups, {
    at: world.now().getTime(),
    to: wanted.to.getTime(),
    says: `as of ${prepared.to}`,
    label: prepared.label,
    follows: prepared.follows,
    timeline: prepared.timeline,
    systemIdentifier: prepared.systemIdentifier,
    folder: prepared.folder,
    aside: placeOfOld(backups, world.now()),
    ...(primary === undefined ? {} : { primary }),
    phase: 'agreed',
  })
}

/** Restores into the place beside the live data, which an earlier run may have left half done. */
export async function preparedCopy(
  { world, composed: { backups } }: Session,
  screen: ProgressScreen,
  wanted: Wanted,
): Promise<Prepared> {
  const folder = placeOfCopy(backups)
  await removeUnfinished(folder, world)
  const prepared = await screen.during(
    'restore',
    (task) => prepare(backups, { ...wanted, folder }, world, task.say),
    inOneLine,
  )
  for (const line of prepared.short) screen.line(`  ${line}`)
  return prepared
}

function inOneLine({ tables, to, follows, objects, pages, answeredAfter }: Prepared): string {
  const rows = Object.values(tables).reduce((sum, one) => sum + one.rows, 0)
  const found = `${rows} rows in ${Object.keys(tables).length} tables, as of ${to}, by timeline ${follows}`
  return `${found}; ${objects} tables and indexes and ${pages} pages are sound; answered after ${inSeconds(answeredAfter)}`
}

/** Puts it in place, and everything up on it. Answers where the data of before lies. */
export async function replaceWith(session: Session, screen: ProgressScreen, replacement: Replacement): Promise<string> {
  const { composed, instance, supervisor, world } = session
  const { backups } = composed
  const only = async (wanted: string): Promise<void> => {
    await supervisor.start()
    const parts = closure(composed.plan, ({ name }) => name === wanted)
    await converge(parts, { instance, supervisor, world, report: () => undefined })
  }
  const bring: Bring = {
    etcd: () => only('etcd'),
    first: () => only(backups.database.replaceable.members[0] ?? ''),
    everything: async () => {
      await apply(session, everything, screen)
    },
  }
  await takePlace(backups, replacement, bring, world, lineOf(screen)).catch((error: unknown) => {
    screen.line('  not done yet: the database may be down until edge restore database --replace goes on with it')
    throw error
  })
  return replacement.aside
}

/** A restore has succeeded when what is live now was backed up, and that was brought back. */
async function provenBackup({ composed: { backups }, world }: Session, screen: ProgressScreen) {
  return screen.during(
    'backup',
    async (task) => {
      const { entry } = await makeBackup(backups, ['daily'], backups.bounds, world, task.say)
      const { facts } = await verifyBackup(backups, world, task.say)
      return { backup: entry.number, bytes: entry.database.bytes, verified: inWords(facts) }
    },
    ({ bytes, verified }) => `${bytesOf(bytes)}; ${verified}`,
  )
}
