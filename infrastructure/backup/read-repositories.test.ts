import { describe, expect, it } from 'vitest'
import { readOf } from './read-repositories.ts'

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
    expect(readOf(said('ok', '12', good))).toEqual({ backups: 1, segments: 12 })
  })

  it('is damaged where a segment or a file of a backup is another one', () => {
    expect(() => readOf(said('error', '11', good))).toThrow('total WAL checked: 12, total valid WAL: 11')
    const bad = 'status: invalid, total files checked: 960, total valid files: 959'
    expect(() => readOf(said('error', '12', bad))).toThrow('20261127-030000F, status: invalid')
  })

  it('was not read where nothing says that it was', () => {
    expect(() => readOf('stanza: edge\nstatus: error\n  No usable backup.info file')).toThrow('No usable backup.info')
    expect(() => readOf('')).toThrow('pgBackRest says nothing')
  })
})
