import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Step } from '../../src/core/plan.ts'
import { testWorld } from '../../test/world.ts'
import { releaseStep } from './release-step.ts'
import { layout, listReleases, liveRelease, servedRelease } from './releases/layout.ts'
import type { Release } from './releases/release.ts'
import { publishNow } from './proofs/test-publish.ts'
import { cdnSettings } from './settings.ts'
import { duration } from '../../src/core/units.ts'

const timeout = duration('60 seconds')
let root: string
let site: string
const { world } = testWorld()
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'edge-step-'))
  site = join(root, 'site')
  await build('configured', 'of the configuration')
  await build('pipeline', 'of a pipeline')
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function build(name: string, title: string): Promise<void> {
  await mkdir(join(root, name), { recursive: true })
  await writeFile(join(root, name, 'index.html'), `<title>${title}</title>`)
  await writeFile(join(root, name, 'logo.png'), `the logo ${title}`)
}

/** The step of an edge whose nginx does not run. */
const step = (api?: { readonly release?: string }, builtFrom?: string): Step =>
  releaseStep(
    {
      static: { directory: join(root, 'configured'), ...(builtFrom === undefined ? {} : { builtFrom }), after: [] },
      ready: [],
      ...(api
        ? {
            api: {
              upstreams: [],
              keepsConnections: true,
              health: '/api/health',
              drain: duration('30 seconds'),
              timeout,
              streamIdle: timeout,
              ...api,
            },
          }
        : {}),
    },
    site,
    cdnSettings.parse({}),
    { endpoint: { https: 'https://localhost' }, sockets: { shield: '', store: '', purge: join(root, 'no-nginx') } },
  )
const ensure = async (): Promise<void> => step().ensure(world, { missing: '' })
const live = async (): Promise<Release> => {
  const found = await liveRelease(site)
  if (!found) throw new Error('nothing is live')
  return found
}
const logo = (id: string): string => join(layout(site).shelf.root(id), 'logo.png')

describe('a release of what the configuration builds', () => {
  it('has the commit of the sources: what was built from them lies where git knows nothing', async () => {
    const sources = join(root, 'sources')
    await mkdir(sources)
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', sources, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
        encoding: 'utf8',
      }).trim()
    git('init', '--quiet')
    git('commit', '--quiet', '--allow-empty', '--message=first')
    await step(undefined, sources).ensure(world, { missing: '' })
    expect((await live()).commit).toBe(git('rev-parse', '--short=12', 'HEAD'))
  })

  it('has none where its folder is all that there is, and is in no repository', async () => {
    await ensure()
    expect((await live()).commit).toBeUndefined()
  })
})

describe('a release that was published from elsewhere', () => {
  beforeEach(async () => {
    await ensure()
    await publishNow(join(root, 'pipeline'), site)
    await publishNow(join(root, 'configured'), site)
    await publishNow(join(root, 'pipeline'), site)
  })

  it('stays live, and is whole again, where a hand took a file that another release has', async () => {
    const { id } = await live()
    await rm(logo(id))
    expect(await step().observe(world)).toEqual({ missing: `logo.png is not as it was published in ${id}` })
    await ensure()
    expect([(await live()).id, await step().observe(world)]).toEqual([id, 'done'])
  })

  it('stays live where no other copy of the file is here: the configuration’s own build is another site', async () => {
    const { id } = await live()
    for (const { id: one } of await listReleases(site)) await writeFile(logo(one), 'by hand')
    expect(await step().observe(world)).toBe('done')
    await ensure()
    expect((await live()).id).toBe(id)
  })
})

describe('a release whose list is damaged', () => {
  const damage = async (): Promise<string> => {
    const { id } = await live()
    await writeFile(layout(site).shelf.manifest(id), '{"id":')
    return id
  }

  it('stays where it was published from elsewhere', async () => {
    await ensure()
    await publishNow(join(root, 'pipeline'), site)
    const id = await damage()
    expect(await step().observe(world)).toBe('done')
    await ensure()
    expect(await servedRelease(site)).toBe(id)
  })

  it('is published anew where the configuration builds it', async () => {
    await ensure()
    await damage()
    await ensure()
    expect(await step().observe(world)).toBe('done')
  })
})

describe('what the configuration builds', () => {
  it('is published, once', async () => {
    await ensure()
    expect([await step().observe(world), (await listReleases(site)).length]).toEqual(['done', 1])
  })

  it('is put back into its release where a hand took a file', async () => {
    await ensure()
    const { id } = await live()
    await rm(logo(id))
    await ensure()
    expect([(await live()).id, await step().observe(world)]).toEqual([id, 'done'])
  })

  it('becomes a release with the API that runs, whole again first', async () => {
    await ensure()
    await rm(logo((await live()).id))
    const withApi = step({ release: 'ab12cd34ef56' })
    await withApi.ensure(world, { missing: '' })
    expect([(await live()).api, await withApi.observe(world)]).toEqual(['ab12cd34ef56', 'done'])
  })
})
