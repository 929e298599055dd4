import { expect, it } from 'vitest'
import type { World } from '../core/world.ts'
import { restic } from './restic.ts'

const repository = { path: 'https://s3.example.com/backups', key: 'not-a-key' }
const locked = 'unable to create lock in backend: repository is already locked by PID 1 on vm by edge'

/** A restic that says this of each `forget`, one after the other; then it is done. */
function saying(...refusals: readonly string[]) {
  const asked: string[] = []
  const left = [...refusals]
  const run: World['run'] = async (command) => {
    const verb = command.find((word) => ['forget', 'unlock'].includes(word)) ?? 'another'
    asked.push(verb)
    const stderr = verb === 'forget' ? (left.shift() ?? '') : ''
    return { code: stderr === '' ? 0 : 1, stdout: '', stderr, timedOut: false }
  }
  return { world: { run }, asked }
}

it('waits for a run that has the repository, and takes away the lock of one that has ended', async () => {
  const { world, asked } = saying(locked, locked)
  await restic(world, repository, ['forget', 'one'])
  expect(asked).toEqual(['forget', 'unlock', 'forget', 'unlock', 'forget'])
})

it('waits for nothing else', async () => {
  const { world, asked } = saying('Fatal: wrong password or no key found')
  await expect(restic(world, repository, ['forget', 'one'])).rejects.toThrow('forget: ')
  expect(asked).toEqual(['forget'])
})
