import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { layout, onDisk } from '../cdn/releases/layout.ts'
import { type Flip, type Release, releaseSchema } from '../cdn/releases/release.ts'
import { expiredIn } from '../cdn/releases/prune.ts'
import { eachAtOnce } from '../../src/core/at-once.ts'
import { exit, type ExitCode } from '../../src/core/errors.ts'
import { minuteOf, show } from '../../src/core/units.ts'
import type { Output, World } from '../../src/core/world.ts'
import { parsedJson, readText } from '../../src/targets/local/files.ts'
import { lockInstance } from '../../src/targets/local/lock.ts'
import { agreed } from '../../src/cli/ask.ts'
import { unknown } from '../../src/core/nearest.ts'
import type { Listed, Releases } from './published.ts'
import { words } from '../../src/core/options.ts'
import type { Column } from '../../src/core/screen.ts'
import { columnLines } from '../../src/cli/screen/columns.ts'
import { ProgressScreen } from '../../src/cli/screen/progress.ts'
import { style } from '../../src/cli/screen/style.ts'
import { openInstance, type Opened } from '../../src/cli/open.ts'
import { siteOfInstance } from '../site.ts'
import { isUnsettled, pruneBoth } from './published-api.ts'
import { releaserOf } from './releaser.ts'
import type { VerbRun } from '../../src/core/verb.ts'

/** Lists the releases, or prunes them. */
export const releases: VerbRun = async (world, positional, options) => {
  const [verb] = words(positional)
  if (verb !== undefined && verb !== 'prune') throw unknown('releases', verb, ['prune'])
  const isOnAws = options['target'] === 'aws'
  const site = isOnAws
    ? await (await import('./releases-on-aws.ts')).releasesOnAws(world, options)
    : releasesOf(await openInstance(world, options))
  try {
    if (verb === undefined) return showReleases(await listed(site), world, options)
    return await site.whileHeld(world, () => pruneAfterAsking(site, world, options))
  } finally {
    site.close()
  }
}

/** The releases of a site on this machine. */
function releasesOf(opened: Opened): Releases {
  const { instance, configuration } = opened
  const { site } = siteOfInstance(instance, configuration)
  return {
    store: onDisk(site),
    retention: configuration.cdn.releases,
    below: layout(site).shelf.releases,
    unreadable: () => unreadableManifests(site),
    whileHeld: async ({ now }, work) => {
      const release = await lockInstance(instance.state, 'releases prune', now())
      return work().finally(release)
    },
    prune: async (gone) => {
      if (await isUnsettled(opened)) await settle(opened)
      return pruneBoth(opened, gone)
    },
    close: () => undefined,
  }
}

/** A publication was cut off: what runs and what is live are made one again, before anything is deleted of either. */
async function settle(opened: Opened): Promise<void> {
  const screen = new ProgressScreen(opened.world.stdout, { silent: true })
  const releaser = await releaserOf(opened, screen, 'releases prune')
  try {
    await releaser.settle()
  } finally {
    await releaser.outcome()
    screen.close()
  }
}

async function listed({ store, unreadable }: Releases): Promise<Listed> {
  const [all, live, history, damaged] = await Promise.all([
    store.releases(),
    store.live(),
    store.flips(),
    unreadable?.(),
  ])
  return { all, live, history, ...(damaged ? { unreadable: damaged } : {}) }
}

/** Paths of manifests that are there and say nothing: cut off, or edited by a hand. */
export async function unreadableManifests(site: string): Promise<readonly string[]> {
  const { manifests } = layout(site).shelf
  const names = (await readdir(manifests).catch(() => [])).filter((name) => /^[^.].*\.json$/.test(name))
  const found = await eachAtOnce(names.toSorted(), async (name) => {
    const text = await readText(join(manifests, name))
    return text !== undefined && parsedJson(text, releaseSchema) === undefined ? [join(manifests, name)] : []
  })
  return found.flat()
}

/** The releases of a site, wherever it is, as lines or as JSON. */
export function showReleases(
  { all, live, history, unreadable = [] }: Listed,
  world: World,
  options: Readonly<Record<string, unknown>>,
): ExitCode {
  if (options['json'] === true) {
    const entries = all.map(({ files, ...release }) => ({
      ...release,
      files: Object.keys(files).length,
      api: release.api ?? null,
      live: release.id === live?.id,
    }))
    world.stdout.write(
      `${JSON.stringify({ live: live?.id ?? null, releases: entries, flips: history, unreadable }, undefined, 2)}\n`,
    )
    return exit.ok
  }
  const onAws = options['target'] === 'aws' ? ' --target aws' : ''
  if (all.length === 0) world.stdout.write(`nothing was published yet: edge publish FOLDER${onAws}\n`)
  for (const line of linesOf(all.toReversed(), live, history, world.stdout)) world.stdout.write(`${line}\n`)
  for (const path of unreadable) {
    world.stdout.write(`! ${path} cannot be read: that release is skipped, and no rollback to it is possible\n`)
  }
  return exit.ok
}

function linesOf(
  all: readonly Release[],
  live: Release | undefined,
  history: readonly Flip[],
  output: Output,
): readonly string[] {
  const { dim, green } = style(output)
  const isLive = ({ id }: Release): boolean => id === live?.id
  const columns: readonly Column[] = [
    { name: 'id', cells: all.map((one) => `${isLive(one) ? '●' : ' '} ${one.id}`) },
    { name: 'published', cells: all.map(({ publishedAt }) => minuteOf(publishedAt)) },
    { name: 'by', cells: all.map(({ by }) => by) },
    { name: 'size', cells: all.map(({ bytes }) => show({ kind: 'bytes', bytes })), right: true },
    { name: 'commit', cells: all.map(({ commit = '' }) => commit), paint: dim },
    { name: 'api', cells: all.map(({ api }) => (api === undefined ? '' : `API ${api}`)), paint: dim },
    { name: 'live', cells: all.map((one) => (isLive(one) ? 'live' : '')), paint: green },
    { name: 'since', cells: all.map((one) => (isLive(one) ? sinceOf(history, one) : '')), paint: green },
  ]
  return columnLines(columns, ['commit', 'by', 'since', 'api', 'size'], output)
}

function sinceOf(history: readonly Flip[], { id }: Release): string {
  const last = history.findLast(({ release }) => release === id)
  return last ? `since ${minuteOf(last.at)}` : ''
}

/** Shows the releases that need not be kept, asks, and deletes them. */
async function pruneAfterAsking(
  site: Releases,
  world: World,
  options: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const json = options['json'] === true
  const gone = await expiredIn(site.store, site.retention, world.now())
  const deletions = gone.map(({ id, publishedAt, bytes }) => ({ id, publishedAt, bytes }))
  if (!json) {
    if (deletions.length === 0) world.stdout.write(`nothing to delete: every release is kept by cdn.releases\n`)
    for (const { id, publishedAt, bytes } of deletions) {
      world.stdout.write(`  ${id}  of ${publishedAt.slice(0, 10)}, ${show({ kind: 'bytes', bytes })}\n`)
    }
  }
  const question = {
    where: 'releases',
    message: `Delete these below ${site.below}?`,
    inScripts: 'edge releases prune --yes',
  }
  const isAsked = deletions.length > 0 && options['dryRun'] !== true
  const really = isAsked && (options['yes'] === true || (await agreed(world, question)))
  const files = really ? await site.prune(gone) : 0
  if (json)
    world.stdout.write(
      `${JSON.stringify({ deleted: really ? deletions : [], wouldDelete: really ? [] : deletions })}\n`,
    )
  else if (really) world.stdout.write(`deleted, with ${files} files that no other release names\n`)
  return isAsked && !really ? exit.failed : exit.ok
}

/** Deletes the releases that need not be kept after a publication. Answers which those were. */
export async function pruneExpired(
  { store, retention, prune }: Pick<Releases, 'store' | 'retention' | 'prune'>,
  screen: Pick<ProgressScreen, 'during'>,
  { now }: Pick<World, 'now'>,
): Promise<readonly string[]> {
  const gone = await expiredIn(store, retention, now())
  const pruned = gone.map(({ id }) => id)
  const names = () => `${pruned.join(', ')} (cdn.releases.keep, keepFor)`
  if (gone.length > 0) await screen.during('prune', () => prune(gone), names)
  return pruned
}
