import { readFile, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { apply } from '../../src/cli/apply.ts'
import { deployable } from '../../src/cli/components.ts'
import { load } from '../../src/cli/open.ts'
import type { ProgressScreen } from '../../src/cli/screen/progress.ts'
import { openExisting, type Session } from '../../src/cli/session.ts'
import { reserved } from '../../src/config/reserved.ts'
import { exit, messageOf, OperatorError } from '../../src/core/errors.ts'
import { textOption } from '../../src/core/options.ts'
import type { World } from '../../src/core/world.ts'
import { makePrivateDirectory, writeAtomically } from '../../src/targets/local/files.ts'
import { openRepositories, recoverFiles, requireOpen, requireRepository } from '../backup/recover.ts'
import { type ReadSheet, readSheet } from '../backup/recovery-sheet.ts'
import { begun, finish, isRecovering, note, placeOfOld, recoveringFile } from '../backup/replacement.ts'
import { inBackupTurn } from '../backup/turn.ts'
import { type Repository, repositoryOf } from '../backup/which-repository.ts'
import { memberNames } from '../database/members.ts'
import { preparedCopy, replaceWith, sessionOf } from './replace-database.ts'

type Given = {
  readonly sheet: ReadSheet
  readonly from: Repository
  /** Where that one lies. */
  readonly folder: string
}

/** `as of …`: what was committed after it is lost. */
type Recovered = { readonly session: Session; readonly says: string }

/**
 * The recovery sheet that a command line names, read before anything is changed; undefined where it names none. Throws
 * OperatorError where it is none of this instance, where its repository is away, and where an instance with data is there.
 */
export async function sheetGiven(world: World, options: Readonly<Record<string, unknown>>): Promise<Given | undefined> {
  const option = textOption(options, 'fromSheet')
  if (option === undefined) return undefined
  const file = resolve(world.cwd, option)
  const from = repositoryOf(textOption(options, 'from') ?? 'second')
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new OperatorError(
      '--from-sheet',
      messageOf(error),
      'name the file that edge backup recovery-sheet wrote',
      exit.usage,
    )
  })
  const sheet = readSheet(text, file)
  const { configuration, state } = await load(world, options)
  if (sheet.instance !== configuration.name)
    throw new OperatorError(
      '--from-sheet',
      `is of "${sheet.instance}", and the configuration is of "${configuration.name}"`,
      'the sheet ends with the configuration that belongs to it',
      exit.usage,
    )
  const field = from === 1 ? 'backup.repository' : 'backup.secondRepository'
  const named = from === 1 ? configuration.backup.repository : configuration.backup.secondRepository
  const folder = named ?? join(state, 'backup', from === 1 ? 'repository' : 'second')
  await requireRepository(folder, field)
  await requireNoData(state)
  return { sheet, from, folder }
}

async function requireNoData(state: string): Promise<void> {
  if (await isRecovering(state)) return
  for (const member of memberNames) {
    if (!(await stat(join(state, 'data', member, 'PG_VERSION')).catch(() => undefined))) continue
    throw new OperatorError(
      '--from-sheet',
      `${state} has an instance with data: a sheet is for a machine that has none`,
      ['edge up brings that one up', 'edge restore database --replace brings it back to an earlier moment'],
      exit.usage,
    )
  }
}

/**
 * Brings an instance back of which nothing is left but a repository and its sheet: its key, its files, its database. What
 * is in neither is made anew: certificates. Cut off, the same command goes on with it. The site answers when it ends.
 */
export async function recover(
  { sheet, from, folder }: Given,
  opened: Session,
  screen: ProgressScreen,
  options: Readonly<Record<string, unknown>>,
): Promise<Recovered> {
  const { state } = opened.instance
  await requireOpen(folder)
  await writeAtomically(recoveringFile(state), `${sheet.instance}, ${sheet.madeAt}\n`)
  await makePrivateDirectory(join(state, 'secrets'))
  for (const name of reserved.secrets) {
    const secret = name === 'backup' ? sheet.key : sheet.secrets[name]
    if (secret !== undefined) await writeAtomically(join(state, 'secrets', name), `${secret}\n`)
  }
  const lineOf = { say: (text: string) => screen.line(`  ${text}`) }
  const open = () => openExisting(opened.world, { ...options, config: opened.file })
  // With the secrets of the sheet.
  const keyed = await open()
  return inBackupTurn(sessionOf(keyed), 'up --from-sheet', lineOf, async () => {
    const { backups } = keyed.composed
    await openRepositories(backups)
    const { missing } = await screen.during(
      'files',
      (task) => recoverFiles(backups, { from, before: sheet.state }, keyed.world, task.say),
      ({ at }) => `as of ${at}`,
    )
    // Beside the line of the files, which ends with the width of the screen.
    for (const what of missing) screen.line(`  ${what}`)
    // With the API that was published, which is known by its files.
    const session = await open()
    return { session, says: await recoverDatabase(session, from, screen) }
  })
}

async function recoverDatabase(session: Session, from: Repository, screen: ProgressScreen): Promise<string> {
  const { backups } = session.composed
  const cutOff = await begun(backups)
  const replacement = cutOff ?? (await preparedFrom(session, from, screen))
  await replaceWith(session, screen, replacement)
  // An empty cluster that nobody ever used.
  await rm(await finish(backups, replacement), { recursive: true, force: true })
  return replacement.says
}

async function preparedFrom(session: Session, from: Repository, screen: ProgressScreen) {
  const { world, composed } = session
  const { backups } = composed
  // Its members are there, empty: the copy takes their place as it would take that of any others.
  await apply(session, { chosen: ['database'], skipped: deployable.filter((name) => name !== 'database') }, screen)
  const to = world.now()
  const { follows, label, timeline, systemIdentifier, folder, ...prepared } = await preparedCopy(session, screen, {
    to,
    from,
    isLost: true,
  })
  return note(backups, {
    at: to.getTime(),
    to: to.getTime(),
    says: `as of ${prepared.to}`,
    label,
    follows,
    timeline,
    systemIdentifier,
    folder,
    aside: placeOfOld(backups, to),
    from: follows,
    phase: 'agreed',
  })
}
