import { damageOfApi } from '../app/releases/stage.ts'
import { isClean, type Replacement } from '../app/replacements.ts'
import { switchTo } from '../cdn/releases/publish.ts'
import { damageOf, onDisk } from '../cdn/releases/layout.ts'
import type { Release } from '../cdn/releases/release.ts'
import { operatorName } from '../cdn/releases/origin.ts'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { lockInstance } from '../../src/targets/local/lock.ts'
import { choose } from './chosen-release.ts'
import { harmOf } from './replacing.ts'
import { words } from '../../src/core/options.ts'
import { ProgressScreen } from '../../src/cli/screen/progress.ts'
import { openInstance, type Opened } from '../../src/cli/open.ts'
import { siteOfInstance } from '../site.ts'
import {
  beginOnApi,
  contractOption,
  isUnsettled,
  noteOwnApi,
  publishedApi,
  runsApi,
  takenFrom,
} from './published-api.ts'
import { releaserOf } from './releaser.ts'
import type { VerbRun } from '../../src/core/verb.ts'

/** Makes an earlier release the live one. */
export const rollback: VerbRun = async (world, positional, options) => {
  if (options['target'] === 'aws')
    return (await import('./rollback-on-aws.ts')).rollbackOnAws(world, positional, options)
  const by = operatorName(world)
  const opened = await openInstance(world, options)
  const { instance, configuration } = opened
  const { site, edge } = siteOfInstance(instance, configuration)
  const json = options['json'] === true
  const screen = new ProgressScreen(world.stdout, { silent: json })
  const release = await lockInstance(instance.state, 'rollback', world.now())
  try {
    const { wanted, live } = await choose(onDisk(site), words(positional)[0])
    const otherApi = wanted.api !== live?.api
    const damage = (await damageOf(site, wanted)) ?? (otherApi ? await apiDamage(instance.state, wanted) : undefined)
    if (damage !== undefined) {
      throw new OperatorError('rollback', `${wanted.id} is not whole: ${damage}`, [
        'edge releases lists the others',
        `edge rollback RELEASE takes one of them; ${live?.id ?? 'nothing'} is still live`,
      ])
    }
    if (otherApi) {
      await requireSchema(opened, wanted, live, words(options['contract']))
      await noteOwnApi(opened)
      await beginOnApi(instance, 'replace')
    }
    // The web first: pages of the one before ask for less than the API of this one has. The other way round, pages of
    // this one would ask an API that does not know what they ask for. Of the schema nothing is touched: it only expands.
    const flip = await screen.during(
      'roll back',
      () => switchTo(site, wanted, { how: 'rollback', by, at: world.now }, edge),
      ({ visibleMs }) =>
        visibleMs === undefined ? 'nginx does not run: seen when it does' : `seen after ${visibleMs} ms`,
    )
    const releaser = (await isUnsettled(opened)) ? await releaserOf(opened, screen, 'rollback') : undefined
    let replaced: Replacement | undefined
    try {
      await releaser?.settle()
    } finally {
      replaced = await releaser?.outcome()
    }
    const failed = replaced !== undefined && !isClean(replaced)
    const stays = otherApi ? undefined : await ownApiFolder(opened)
    if (json) {
      const kept = stays === undefined ? {} : { apiStaysIn: stays }
      const said = { release: wanted.id, api: wanted.api ?? null, ...kept, flip, ...(replaced ? { replaced } : {}) }
      world.stdout.write(`${JSON.stringify(said, undefined, 2)}\n`)
    } else {
      const withApi = otherApi
        ? ` with ${wanted.api === undefined ? "the configuration's API" : `API ${wanted.api}`}`
        : ''
      world.stdout.write(`\n  ${wanted.id} is live${withApi}; edge rollback ${live?.id ?? ''} undoes it\n`)
      if (stays !== undefined) {
        const next = 'put that folder back, then edge deploy app'
        world.stdout.write(`  the API stays as it is: it runs in ${stays}; ${next}\n`)
      }
      for (const line of harmOf(replaced)) world.stdout.write(`  ${line}\n`)
    }
    return failed ? exit.failed : exit.ok
  } finally {
    screen.close()
    await release()
  }
}

/** Throws OperatorError where something was taken away of the schema that the API of a release may ask for. */
async function requireSchema(
  opened: Opened,
  wanted: Release,
  live: Release | undefined,
  given: readonly string[],
): Promise<void> {
  const taken = await takenFrom(opened, wanted)
  const missed = taken.filter((name) => !given.includes(name))
  if (missed.length === 0) return
  const of = wanted.api === undefined ? "the configuration's API" : `API ${wanted.api}`
  const what = `${of} of ${wanted.id} is older than the schema, which lost since then: ${missed.join(', ')}`
  throw new OperatorError('rollback', what, [
    `${live?.id ?? 'nothing'} is still live; edge releases lists the others`,
    `if that API no longer uses it: edge rollback ${wanted.id} ${contractOption(taken)}`,
  ])
}

/** Where the API runs, if that is the configuration's own folder: no release has it, and none brings it back. */
async function ownApiFolder(opened: Opened): Promise<string | undefined> {
  const isOwn = runsApi(opened) && (await publishedApi(opened)) === undefined
  return isOwn ? opened.instance.directory : undefined
}

/** What is missing of the API that belongs to a release, in words. */
async function apiDamage(state: string, { api }: Release): Promise<string | undefined> {
  const damage = api === undefined ? undefined : await damageOfApi(state, api)
  return damage === undefined ? undefined : `API ${api}: ${damage}`
}
