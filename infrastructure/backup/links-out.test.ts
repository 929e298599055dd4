import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, test } from 'vitest'
import type { LinksOut } from './catalog.ts'
import { judgeLinks } from './check-files.ts'
import { linksOut, linksOutOfCopy, sayLinksOut } from './links-out.ts'
import { testEntry } from './proofs/test-backups.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-links-'))
  for (const name of ['state/uploads/old', 'state/site', 'disk']) await mkdir(at(name), { recursive: true })
  for (const name of ['state/uploads/old/one', 'state/site/page', 'disk/two']) await writeFile(at(name), name)
})
afterEach(() => rm(folder, { recursive: true }))

const at = (name: string): string => join(folder, name)
const backedUp = () => [at('state/uploads'), at('state/site')]
const link = (name: string, to: string) => symlink(to, at(`state/uploads/${name}`))
const found = async (state = 'state') => linksOut(at(`${state}/uploads`), [at(`${state}/uploads`), at(`${state}/site`)])

it('names each link to a file or a folder that is not backed up', async () => {
  await link('2023', at('disk'))
  await link('old/two', '../../../disk/two')
  expect(await found()).toEqual({
    count: 2,
    first: [
      { link: at('state/uploads/2023'), to: at('disk') },
      { link: at('state/uploads/old/two'), to: at('disk/two') },
    ],
  })
})

it('names none that leads to what is backed up, or to what no backup could hold', async () => {
  await link('newest', 'old/one')
  await link('page', at('state/site/page'))
  await link('null', '/dev/null')
  // As an editor marks what it has open.
  await link('old/.#one', 'somebody@host.4711')
  await link('loop', 'loop')
  expect(await found()).toEqual({ count: 0, first: [] })
})

it('follows a link to where it leads in the end', async () => {
  await link('way', at('disk'))
  await link('again', 'way/two')
  expect((await found()).first.map(({ to }) => to)).toEqual([at('disk/two'), at('disk')])
})

it('names one whose disk is not mounted: nothing is there now, and there will be', async () => {
  await link('2023', at('nowhere/uploads'))
  expect((await found()).first).toEqual([{ link: at('state/uploads/2023'), to: at('nowhere/uploads') }])
})

it('knows its own folders behind a link as well', async () => {
  await rename(at('state'), at('disk/state'))
  await symlink(at('disk/state'), at('state'))
  await link('page', at('disk/state/site/page'))
  await link('other', at('state/site/page'))
  expect((await found()).count).toBe(0)
})

it('of a copy goes by what the links say, whatever lies there now', async () => {
  await link('2023', at('disk'))
  await link('page', at('state/site/page'))
  await link('null', '/dev/null')
  await mkdir(join(at('copy'), folder), { recursive: true })
  await rename(at('state'), join(at('copy'), at('state')))
  expect((await linksOutOfCopy(at('copy'), at('state/uploads'), backedUp())).first).toEqual([
    { link: at('state/uploads/2023'), to: at('disk') },
    { link: at('state/uploads/null'), to: '/dev/null' },
  ])
  expect(await linksOutOfCopy(at('copy'), at('state/elsewhere'), backedUp())).toEqual({ count: 0, first: [] })
})

it('names the first ones of many, and how many there are', async () => {
  for (let number = 100; number < 130; number += 1) await link(String(number), at('disk'))
  const seen = await found()
  expect([seen.count, seen.first.length]).toEqual([30, 20])
  expect(sayLinksOut(seen)).toBe(
    `${at('state/uploads/100')} leads to ${at('disk')}, ${at('state/uploads/101')} leads to ${at('disk')}, and 28 more lead out: the links are in the backup, and nothing of what they lead to`,
  )
})

const judged = (links: LinksOut | undefined) => {
  const entry = testEntry(1, '2026-12-01T03:00:00.000Z')
  return judgeLinks({ ...entry, files: { ...entry.files, linksOut: links } }, { snapshots: 3 })
}

test('earlier versions of every upload cannot be had back where a link leads out of the newest backup', () => {
  expect(judged({ count: 1, first: [{ link: '/s/uploads/a', to: '/mnt/a' }] })).toMatchObject({
    is: 'broken',
    because: '/s/uploads/a leads to /mnt/a: the link is in the backup, and nothing of what it leads to',
    evidence: { facts: { snapshots: 3, linksOut: 1 } },
  })
})

test('nothing is wrong with one that has none, that an earlier version made, or that there is not yet', () => {
  expect([judged({ count: 0, first: [] }), judged(undefined), judgeLinks(undefined, {})]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})
