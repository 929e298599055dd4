import { describe, expect, it, test } from 'vitest'
import { OperatorError } from '../../src/core/errors.ts'
import { backupSettings } from './settings.ts'
import { readingFrom, repositoryOf } from './which-repository.ts'

describe('the repository that a restore reads', () => {
  it('is the first one, where none is named', () => {
    expect([undefined, 'first', 'second'].map((name) => repositoryOf(name))).toEqual([1, 1, 2])
  })

  it('is none of another name', () => {
    expect(() => repositoryOf('2')).toThrow('"2" is no repository')
  })
})

test.each([
  ['/mnt/backup', '/mnt/backup/', false],
  ['/mnt/backup', '/mnt/backup/second', false],
  ['/mnt/backup/first', '/mnt/backup', false],
  ['/mnt/backup', '/mnt/backup-2', true],
])('repositories in %s and %s are taken: %s', (repository, secondRepository, taken) => {
  const parsed = backupSettings.safeParse({ repository, secondRepository })
  expect([parsed.success, parsed.error?.issues[0]?.path]).toEqual([taken, taken ? undefined : ['secondRepository']])
})

test('names the second repository where the first one does not give what is wanted, and only there', async () => {
  const refuse = () => Promise.reject(new OperatorError('pgbackrest', 'restore: lz4 error', 'look'))
  const second = '--from second: the other repository may have it'
  await expect(readingFrom(1, refuse)).rejects.toMatchObject({ message: 'restore: lz4 error', hints: ['look', second] })
  await expect(readingFrom(2, refuse)).rejects.toMatchObject({ hints: ['look'] })
})
