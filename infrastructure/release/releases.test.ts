import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { showReleases, unreadableManifests } from './releases.ts'

const release = {
  id: '2026-11-23.2-ab12cd34',
  fingerprint: 'f',
  publishedAt: '2026-11-23T14:05:00Z',
  by: 'operator',
  commit: 'ab12cd34ef56',
  bytes: 12 * 1024,
  files: {},
}
const listed = {
  all: [{ ...release, id: '2026-11-22.1-00aa11bb' }, release],
  live: release,
  history: [{ at: '2026-11-23T14:06:00Z', release: release.id, before: null, how: 'publish' as const, by: 'operator' }],
}
function shown(columns: number, isTTY: boolean): readonly string[] {
  const { world } = testWorld()
  let text = ''
  const stdout = { write: (more: string) => void (text += more), isTTY, columns }
  showReleases(listed, { ...world, stdout }, {})
  return text.trimEnd().split('\n')
}

describe('the list of releases', () => {
  it('fits on a terminal of 80 columns, and says what is live', () => {
    expect(shown(80, true)).toEqual([
      '● 2026-11-23.2-ab12cd34  2026-11-23 14:05 UTC  12 kB  live',
      '  2026-11-22.1-00aa11bb  2026-11-23 14:05 UTC  12 kB',
    ])
  })

  it('is whole in a pipe', () => {
    expect(shown(80, false)[0]).toBe(
      '● 2026-11-23.2-ab12cd34  2026-11-23 14:05 UTC  operator  12 kB  ab12cd34ef56  live  since 2026-11-23 14:06 UTC',
    )
  })

  describe('names a manifest', () => {
    let site = ''
    const manifest = (name: string): string => join(site, 'manifests', name)
    beforeAll(async () => {
      site = await mkdtemp(join(tmpdir(), 'edge-releases-'))
      await mkdir(join(site, 'manifests'))
      await writeFile(manifest(`${release.id}.json`), JSON.stringify(release))
      await writeFile(manifest('2026-11-21.1-cafecafe.json'), '{"id":"2026-')
      await writeFile(manifest('.half.new'), '')
    })
    afterAll(() => rm(site, { recursive: true }))

    it('that cannot be read', async () => {
      expect(await unreadableManifests(site)).toEqual([manifest('2026-11-21.1-cafecafe.json')])
      const { world, stdout } = testWorld()
      showReleases({ ...listed, unreadable: await unreadableManifests(site) }, world, {})
      expect(stdout()).toContain('! /tmp/')
      expect(stdout()).toContain('2026-11-21.1-cafecafe.json cannot be read')
    })
  })
})
