import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { ownPid } from '../../src/core/process.ts'
import type { World } from '../../src/core/world.ts'
import { withFolder } from '../../test/with-folder.ts'
import { testWorld } from '../../test/world.ts'
import { readDatabase, readOf } from './read-repositories.ts'
import { testBackups } from './proofs/test-backups.ts'

const said = (status: string, wal: string, backup: string) => `stanza: edge
status: ${status}
  archiveId: 15-1, total WAL checked: 12, total valid WAL: ${wal}
    missing: 0, checksum invalid: 0, size invalid: 0, other: 0
  backup: 20261127-030000F, ${backup}
    missing: 0, checksum invalid: 0, size invalid: 0, other: 0
`
const good = 'status: valid, total files checked: 960, total valid files: 960'

describe('a repository that was read', () => {
  it('is sound where every file is as it was written', () => {
    expect(readOf(said('ok', '12', good))).toEqual({ backups: 1, segments: 12, damaged: [] })
  })

  it('is damaged where a segment or a file of a backup is another one', () => {
    expect(readOf(said('error', '11', good)).problem).toContain('total WAL checked: 12, total valid WAL: 11')
    const bad = 'status: invalid, total files checked: 960, total valid files: 959'
    expect(readOf(said('error', '12', bad)).problem).toContain('20261127-030000F, status: invalid')
  })

  it('names each backup that is damaged, and no other', () => {
    const third = '  backup: 20261129-030000F, status: manifest missing, total files checked: 0, total valid files: 0\n'
    const bad = `status: invalid, total files checked: 9, total valid files: 8\n  backup: 20261128-030000F, ${good}`
    expect(readOf(`${said('error', '12', bad)}${third}`).damaged).toEqual(['20261127-030000F', '20261129-030000F'])
    expect(readOf(said('error', '11', good)).damaged).toEqual([])
  })

  it('was not read where nothing says that it was', () => {
    expect(() => readOf('stanza: edge\nstatus: error\n  No usable backup.info file')).toThrow('No usable backup.info')
    expect(() => readOf('')).toThrow('pgBackRest says nothing')
  })
})

test('tells of a manifest that is damaged, though a copy of it is there and the backup counts as valid', () => {
  const log = `2026-11-29 12:47:44.447 P00 DETAIL: 20261129-124730F/backup.manifest is missing or unusable, using copy
2026-11-29 12:47:44.648 P00   INFO: stanza: edge
                                    status: ok
                                      backup: 20261129-124730F, status: valid, total files checked: 9, total valid files: 9
`
  const report = `stanza: edge
status: ok
  archiveId: 15-1, total WAL checked: 4, total valid WAL: 4
  backup: 20261129-124730F, status: valid, total files checked: 9, total valid files: 9
`
  const { problem, damaged } = readOf(`${log}${report}`)
  expect(problem).toMatch(/damaged: 20261129-124730F\/backup.manifest is missing or unusable/)
  // It can be restored by that copy.
  expect(damaged).toEqual([])
  const ofAnother = log.replaceAll('20261129-124730F/', '20261129-125000F/')
  expect(readOf(`${ofAnother}${report}`)).toEqual({ backups: 1, segments: 4, damaged: [] })
})

describe('how far it is', () => {
  /** What is said while something reads a repository of this size. */
  const saidOf = (isTTY: boolean, size: number) =>
    withFolder(async (state) => {
      for (const name of ['backup/edge/20261127-030000F/bundle/1', 'backup/edge/backup.history/2026/large.gz']) {
        const file = join(state, 'backup/repository/database', name)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, '')
        await truncate(file, size)
      }
      const lines: string[] = []
      const run: World['run'] = async (_, options) => {
        options?.onStart?.(ownPid)
        await new Promise((resolve) => setTimeout(resolve, 2500))
        return { code: 0, stdout: said('ok', '12', good), stderr: '', timedOut: false }
      }
      const stdout = { write: () => undefined, isTTY, columns: 100 }
      const world = { ...testWorld().world, run, stdout }
      const read = await readDatabase(testBackups(state), 1, world, (text) => void lines.push(text))
      expect(read.segments).toBe(12)
      return lines
    })

  it.concurrent('is what is read of what lies there, without what is noted of earlier backups', async () => {
    const [first, second, ...more] = await saidOf(true, 1024 ** 4)
    expect([first, second]).toEqual(['logs and backups', expect.stringMatching(/^logs and backups: [\d.]+ [KMG]?B/)])
    expect(more.at(-1)).toMatch(/^logs and backups: [\d.]+ [KMG]?B of (1 TB|1024 GB), about [\d.]+ (min|h) left$/)
  })

  it.concurrent('is not told where nobody sees it', async () => {
    expect(await saidOf(false, 1)).toEqual(['logs and backups'])
  })
})
