import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRoute } from '../cdn/routing.ts'
import type { CdnSettings } from '../cdn/settings.ts'
import { publishToAws } from '../cdn/aws/publish.ts'
import { commitOf, operatorName } from '../cdn/releases/origin.ts'
import type { Published } from '../cdn/releases/publish.ts'
import { prune } from '../cdn/releases/prune.ts'
import { leftOutOf, readTree } from '../cdn/releases/tree.ts'
import { removeUnpacked } from '../cdn/releases/unpack.ts'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { textOption } from '../../src/core/options.ts'
import { pruneExpired } from './releases.ts'
import { foldersOf, publishInput } from './publish-input.ts'
import { ProgressScreen } from '../../src/cli/screen/progress.ts'
import { newOnes } from './tell-published.ts'
import type { VerbRun } from '../../src/core/verb.ts'
import { openFromOutside } from './site-on-aws.ts'
import { seenFromOutside, whileSwitching } from '../cdn/aws/switch.ts'

/** Makes a built folder, or a tar of one on standard input, the live site. */
export const publishOnAws: VerbRun = async (world, positional, options) => {
  refuseWhatIsOfTheApi(options)
  const input = publishInput(world, positional, options)
  const by = operatorName(world)
  const { site, address, missing, configuration } = await openFromOutside(world, options)
  const { store } = site
  const { releases } = configuration.cdn
  const json = options['json'] === true
  const screen = new ProgressScreen(world.stdout, { silent: json })
  const incoming = input.isTar ? await mkdtemp(join(tmpdir(), 'edge-incoming-')) : undefined
  try {
    const { web: folder } = await foldersOf(input, join(incoming ?? '', 'site'), world)
    const tree = await screen.during(
      'read',
      () => readTree(folder, releases),
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
      pruned: await pruneExpired({ store, retention: releases, prune: (gone) => prune(store, gone) }, screen, world),
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
    store.close()
    if (incoming !== undefined) await removeUnpacked(incoming)
  }
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

function told(published: Published): string {
  if (published.is === 'unchanged') return 'nothing changed: this is live already'
  return `${newOnes(published.written)}; ${seenFromOutside(published.flip)}`
}
