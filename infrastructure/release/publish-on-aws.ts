import { resolve } from 'node:path'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRoute } from '../cdn/routing.ts'
import type { CdnSettings } from '../cdn/settings.ts'
import { expiredOnAws, pruneOnAws } from '../cdn/aws/prune.ts'
import { type AwsPublished, publishToAws } from '../cdn/aws/publish.ts'
import type { SiteStore } from '../cdn/aws/site-store.ts'
import { commitOf, operatorName } from '../cdn/releases/origin.ts'
import type { Retention } from '../cdn/releases/prune.ts'
import { leftOutOf, readTree } from '../cdn/releases/tree.ts'
import { removeUnpacked } from '../cdn/releases/unpack.ts'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { show } from '../../src/core/units.ts'
import type { World } from '../../src/core/world.ts'
import { textOption, words } from '../../src/core/options.ts'
import { unpackWeb } from './publish-input.ts'
import { ProgressScreen } from '../../src/cli/screen/progress.ts'
import type { VerbRun } from '../../src/core/verb.ts'
import { openFromOutside } from './site-on-aws.ts'
import { seenFromOutside, whileSwitching } from '../cdn/aws/switching.ts'

/** Makes a built folder, or a tar of one on standard input, the live site. */
export const publishOnAws: VerbRun = async (world, positional, options) => {
  const [given = ''] = words(positional)
  if (given === '-' && world.stdinIsTTY) {
    throw new OperatorError(
      'publish',
      'standard input is a terminal',
      'tar -C dist -c . | edge publish - --target aws',
      exit.usage,
    )
  }
  refuseWhatIsOfTheApi(options)
  const by = operatorName(world)
  const { site, address, missing, configuration } = await openFromOutside(world, options)
  const json = options['json'] === true
  const screen = new ProgressScreen(world.stdout, { silent: json })
  const incoming = given === '-' ? await mkdtemp(join(tmpdir(), 'edge-incoming-')) : undefined
  try {
    const folder = incoming === undefined ? resolve(world.cwd, given) : await unpackWeb(join(incoming, 'site'), world)
    const tree = await screen.during(
      'read',
      () => readTree(folder, configuration.cdn.releases),
      (files) => `${files.size} files${leftOutOf(files)}`,
    )
    const commit = textOption(options, 'commit') ?? (incoming === undefined ? await commitOf(folder, world) : undefined)
    const origin = { by, commit, hashedFolders: configuration.cdn.cache.hashedFolders }
    const { published, pruned } = await whileSwitching(site, { verb: 'publish', by, world }, async () => ({
      published: await screen.during(
        'publish',
        (task) =>
          publishToAws({ folder, tree }, site, configuration.cdn, origin, world, (done, of) =>
            task.say(done === of ? 'waiting for CloudFront' : `${done} of ${of} files`),
          ),
        told,
      ),
      pruned: await pruneExpired(site.store, configuration.cdn.releases, screen, world),
    }))
    const { files, ...release } = published.release
    if (json)
      world.stdout.write(`${JSON.stringify({ ...published, release, pruned, missingRecord: missing }, undefined, 2)}\n`)
    else
      world.stdout.write(
        `\n  ${release.id} is live at ${missing ? `${missing.value}, by the name ${missing.name}` : address}\n${hiddenByPages(Object.keys(files), configuration.cdn)}`,
      )
    return exit.ok
  } finally {
    screen.close()
    site.store.close()
    if (incoming !== undefined) await removeUnpacked(incoming)
  }
}

/** Deletes the releases that need not be kept, as a publication on this machine does. Answers which those were. */
async function pruneExpired(
  store: SiteStore,
  retention: Retention,
  screen: ProgressScreen,
  { now }: World,
): Promise<readonly string[]> {
  const gone = await expiredOnAws(store, retention, now())
  const pruned = gone.map(({ id }) => id)
  const names = () => `${pruned.join(', ')} (cdn.releases.keep, keepFor)`
  if (gone.length > 0) await screen.during('prune', () => pruneOnAws(store, gone), names)
  return pruned
}

/** What nobody gets to see, as a line; empty where there is none. CloudFront tells a file from a path of the app by its name. */
export function hiddenByPages(names: readonly string[], { pages, fileTypes }: CdnSettings): string {
  const [first, ...more] = pages === 'app' ? names.filter((name) => isRoute(`/${name}`, fileTypes)) : []
  if (first === undefined) return ''
  const what = more.length === 0 ? first : `${first} and ${more.length} more`
  return `  ${what}: the app's page is sent in its place; cdn.fileTypes says which endings are files\n`
}

/** The API's options: obeyed by nothing here, and taken for obeyed where nobody says so. */
function refuseWhatIsOfTheApi(options: Readonly<Record<string, unknown>>): void {
  const given = ['api', 'web', 'contract'].find((name) => options[name] !== undefined)
  if (given === undefined) return
  throw new OperatorError(
    `--${given}`,
    'on AWS the web alone is released; the API and its migrations run elsewhere (site.api.url)',
    'release it where it runs, then publish the web: edge publish FOLDER --target aws',
    exit.usage,
  )
}

function told(published: AwsPublished): string {
  if (published.is === 'unchanged') return 'nothing changed: this is live already'
  const { files, bytes } = published.written
  return `${files} new, ${show({ kind: 'bytes', bytes })}; ${seenFromOutside(published.flip)}`
}
