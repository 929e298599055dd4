import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import edge from '../../package.json' with { type: 'json' }
import { agreed } from '../../src/cli/ask.ts'
import { load, project } from '../../src/cli/open.ts'
import { openExisting } from '../../src/cli/session.ts'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { textOption } from '../../src/core/options.ts'
import type { VerbRun } from '../../src/core/verb.ts'
import type { World } from '../../src/core/world.ts'
import { postgresPrograms } from '../../src/engines/patroni.ts'
import { pgbackrestNeed } from '../../src/engines/pgbackrest.ts'
import { resticNeed } from '../../src/engines/restic.ts'
import { versionOf } from '../../src/targets/local/packages.ts'
import { requireSameKey } from '../backup/key.ts'
import { sharedLoss, type Sheet, sheetOf, sheetText } from '../backup/recovery-sheet.ts'
import { overlap } from '../backup/which-repository.ts'
import { cloneOf } from './clone.ts'
import { sheetFile } from './sheet-file.ts'

/** Writes down, or shows, all that is needed where nothing but a repository is left. */
export const recoverySheet: VerbRun = async (world, _positional, options) => {
  const out = textOption(options, 'out')
  const file = out === undefined ? undefined : resolve(world.cwd, out)
  // Before this becomes the engines' user, who may write and read less.
  const loaded = await load(world, options)
  const text = await readFile(loaded.file, 'utf8')
  if (file !== undefined) refusePlace(file, [loaded.state, ...repositoriesOf(loaded.configuration.backup)])
  const opened = file === undefined ? undefined : await sheetFile(file)
  try {
    const { composed, instance, world: inside } = await openExisting(world, options)
    const clone = await cloneOf(project, inside)
    const sheet = sheetOf(composed.backups, {
      instance: instance.name,
      madeAt: world.now().toISOString(),
      edge: edge.version,
      ...(clone ? { clone } : {}),
      programs: await programsOf(inside),
      secrets: instance.secrets,
      configuration: { file: loaded.file, text },
    })
    const warning = sharedLoss(sheet)
    if (warning !== undefined) world.stderr.write(`! ${warning}\n`)
    const isJson = options['json'] === true
    const { paths, state } = composed.backups
    // A secret that is lost has another in its place here: no sheet with it comes into the place of one with the key.
    await requireSameKey(paths.database, paths.files, join(state, 'secrets', 'backup'))
    if (opened && file !== undefined) {
      await opened.write(sheetText(sheet))
      const says = `${file}: whoever has it and a repository can read all data; keep it apart from both`
      world.stdout.write(isJson ? `${JSON.stringify({ file })}\n` : `${says}\n`)
    } else if (await mayShow(world, options))
      world.stdout.write(isJson ? `${JSON.stringify(sheet, undefined, 2)}\n` : sheetText(sheet))
    return exit.ok
  } finally {
    await opened?.end()
  }
}

const repositoriesOf = (backup: { repository?: string | undefined; secondRepository?: string | undefined }) =>
  [backup.repository, backup.secondRepository].filter((folder) => folder !== undefined)

/** Throws OperatorError for a place that would be lost together with what the sheet is for, or open it to a thief. */
function refusePlace(file: string, places: readonly string[]): void {
  const inside = places.find((place) => overlap(place, file))
  if (inside === undefined) return
  throw new OperatorError(
    '--out',
    `${file} lies in ${inside}: the key must lie apart from what it opens`,
    'name a file on another disk, and keep a copy on paper or in a safe',
    exit.usage,
  )
}

/** A key that is shown stays in the terminal's memory, and whatever reads a pipe keeps it. */
const mayShow = async (world: World, options: Readonly<Record<string, unknown>>): Promise<boolean> =>
  options['yes'] === true ||
  agreed(world, {
    where: 'backup recovery-sheet',
    message: 'It shows the key of every backup. Show it here?',
    inScripts: '--out FILE writes it with mode 0600; --yes prints it',
  })

async function programsOf(world: World): Promise<Sheet['programs']> {
  const server = await world.run([`${postgresPrograms}/postgres`, '--version'])
  const [postgres, pgbackrest, restic] = [
    /\d+\.\d+/.exec(server.stdout)?.[0],
    await versionOf(pgbackrestNeed, world),
    await versionOf(resticNeed, world),
  ]
  return { PostgreSQL: postgres ?? 'unknown', pgBackRest: pgbackrest ?? 'unknown', restic: restic ?? 'unknown' }
}
