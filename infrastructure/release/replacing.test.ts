import { expect, it } from 'vitest'
import { schema } from '../../src/config/schema.ts'
import { balancer } from '../../src/engines/balancer.ts'
import { exampleInstance } from '../../test/example-instance.ts'
import { withFolder } from '../../test/with-folder.ts'
import { testWorld } from '../../test/world.ts'
import { lastReplacement } from '../app/replacements.ts'
import { Replacing } from './replacing.ts'

const { world } = testWorld()
const part = { ...balancer(exampleInstance, '', []), component: 'app' } as const
const replaced = { engine: 'api1', drained: true, inFlight: 3, left: 3, waitedMs: 400 }

/** What is said, and written down, of one process that was replaced while so many requests were cut. */
const seenOf = (cut: number, ofDatabase: boolean) =>
  withFolder(async (state) => {
    const instance = { ...exampleInstance, state }
    const configuration = schema.parse({ site: { static: 'web' } })
    const opened = { world, configuration, file: '/srv/production.config.ts', instance }
    const replacing = new Replacing(opened, 'deploy', { ofDatabase })
    replacing.passesOn(() => undefined)({ event: 'replaced', part, replaced: { ...replaced, cut } })
    const said: unknown[] = []
    await replacing.end({ outcome: (_, detail, isGood) => said.push(detail, isGood) })
    return { said, written: await lastReplacement(state) }
  })

it('is judged by requests that were cut', async () => {
  expect(await seenOf(3, false)).toMatchObject({
    said: ['3 requests cut, 0 of 0 of its own failed', false],
    written: { processes: [{ cut: 3 }] },
  })
})

it('is not judged by what failed while the database was away, as it moved', async () => {
  expect(await seenOf(3, true)).toEqual({
    said: ['3 requests cut, 0 of 0 of its own failed, as the database moves: not judged', true],
    written: undefined,
  })
})

it('is judged as ever where nothing failed meanwhile', async () => {
  expect(await seenOf(0, true)).toMatchObject({ written: { processes: [{ cut: 0 }] } })
})
