import { resolve } from 'node:path'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AwsPublished, publishToAws } from '../../../infrastructure/cdn/aws/publish.ts'
import { commitOf, operatorName } from '../../../infrastructure/cdn/releases/origin.ts'
import { readTree } from '../../../infrastructure/cdn/releases/tree.ts'
import { unpack } from '../../../infrastructure/cdn/releases/unpack.ts'
import { exit, OperatorError } from '../../core/errors.ts'
import { show } from '../../core/units.ts'
import { words } from '../words.ts'
import { textOption } from '../open.ts'
import { ProgressScreen } from '../screen/progress.ts'
import type { VerbRun } from '../verbs.ts'
import { openSite, whileSwitching } from './site.ts'

/** Makes a built folder, or a tar of one on standard input, the live site. */
export const publish: VerbRun = async (world, positional, options) => {
  const [given = ''] = words(positional)
  if (given === '-' && world.stdinIsTTY) {
    throw new OperatorError('publish', 'standard input is a terminal', 'tar -C dist -c . | edge publish -', exit.usage)
  }
  refuseWhatIsOfTheApi(options)
  const by = operatorName(world)
  const { site, address, configuration } = await openSite(world, options)
  const json = options['json'] === true
  const screen = new ProgressScreen(world.stdout, { silent: json })
  const incoming = given === '-' ? await mkdtemp(join(tmpdir(), 'edge-incoming-')) : undefined
  try {
    const folder = incoming === undefined ? resolve(world.cwd, given) : await unpack(join(incoming, 'site'))
    const tree = await screen.during(
      'read',
      () => readTree(folder, configuration.cdn.releases),
      (files) => `${files.size} files`,
    )
    const commit = textOption(options, 'commit') ?? (incoming === undefined ? await commitOf(folder, world) : undefined)
    const origin = { by, commit, hashedFolders: configuration.cdn.cache.hashedFolders }
    const published = await whileSwitching(site, { verb: 'publish', by, world }, () =>
      screen.during(
        'publish',
        (task) =>
          publishToAws({ folder, tree }, site, configuration.cdn, origin, world, (done, of) =>
            task.say(done === of ? 'waiting for CloudFront' : `${done} of ${of} files`),
          ),
        told,
      ),
    )
    const { files: _, ...release } = published.release
    if (json) world.stdout.write(`${JSON.stringify({ ...published, release }, undefined, 2)}\n`)
    else world.stdout.write(`\n  ${release.id} is live at ${address}\n`)
    return exit.ok
  } finally {
    screen.close()
    site.store.close()
    if (incoming !== undefined) await rm(incoming, { recursive: true, force: true })
  }
}

/** The API's options: obeyed by nothing here, and taken for obeyed where nobody says so. */
function refuseWhatIsOfTheApi(options: Readonly<Record<string, unknown>>): void {
  const given = ['api', 'web', 'contract'].find((name) => options[name] !== undefined)
  if (given === undefined) return
  throw new OperatorError(
    `--${given}`,
    'on AWS the web alone is released; the API and its migrations run elsewhere (site.api.url)',
    'release it where it runs, then publish the web: edge publish FOLDER',
    exit.usage,
  )
}

function told(published: AwsPublished): string {
  if (published.is === 'unchanged') return 'nothing changed: this is live already'
  const { files, bytes } = published.written
  return `${files} new, ${show({ kind: 'bytes', bytes })}`
}
