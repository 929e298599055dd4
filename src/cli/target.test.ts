import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { withAwsPackages } from './target.ts'
import type { VerbRun } from '../core/verb.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'edge-target-'))
})
afterEach(() => rm(root, { recursive: true }))

const notLoaded = (): Promise<VerbRun> => Promise.reject(new Error('it is loaded without its packages'))

/** Runs a verb of a clone that has no packages for AWS; its door is this script. */
async function behindTheDoor(script: string, signal = new AbortController().signal): Promise<number> {
  await writeFile(join(root, 'edge'), `#!/bin/sh\n${script}\n`)
  await chmod(join(root, 'edge'), 0o755)
  const { world } = testWorld({ signal, cwd: root })
  return (await withAwsPackages(world, notLoaded, root))(world, [], {})
}

describe('a verb for AWS without the packages for it', () => {
  it.each([
    ['exit 0', 0],
    ['exit 1', 1],
    ['exit 2', 2],
    ['exit 7', 1],
    ['exit 130', 130],
    ['kill -9 $$', 130],
  ])('ends as the one behind the door does: %s', async (script, code) => {
    expect(await behindTheDoor(script)).toBe(code)
  })

  it('ends that one, too, when it is interrupted alone', async () => {
    const interrupted = new AbortController()
    const ended = behindTheDoor(`trap 'exit 1' TERM; touch ready; while :; do sleep 0.05; done`, interrupted.signal)
    await expect.poll(() => readFile(join(root, 'ready'), 'utf8').catch(() => undefined)).toBe('')
    interrupted.abort()
    expect(await ended).toBe(130)
  })
})

describe('a verb for AWS', () => {
  it('says what AWS refused as such, and leaves our own mistakes what they are', async () => {
    await mkdir(join(root, 'node_modules/aws-cdk-lib'), { recursive: true })
    await writeFile(join(root, 'node_modules/aws-cdk-lib/package.json'), '{}')
    const { world } = testWorld()
    const failsWith = async (error: Error): Promise<number> => {
      const failing: VerbRun = async () => {
        throw error
      }
      return (await withAwsPackages(world, async () => failing, root))(world, [], {})
    }
    const denied = Object.assign(new Error('no'), { name: 'AccessDenied', $fault: 'client', $metadata: {} })
    await expect(failsWith(denied)).rejects.toMatchObject({ name: 'OperatorError', message: 'AccessDenied: no' })
    await expect(failsWith(new TypeError('ours'))).rejects.toThrow(TypeError)
  })
})
