import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { prepareState } from '../targets/local/state.ts'
import { load } from './open.ts'

let folder = ''
const fileOf = (app: string): string => join(folder, app, 'production.config.ts')
const configure = (app: string, site: string): Promise<void> =>
  writeFile(fileOf(app), `export default { state: '${folder}/state', site: { static: '${site}' } }`)
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-open-'))
  for (const app of ['one', 'other']) await mkdir(join(folder, app))
  await configure('one', 'dist')
  await configure('other', 'public')
  await prepareState(join(folder, 'state'), 'production', fileOf('one'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const called = (app: string, options = {}) => load(testWorld({ cwd: join(folder, app) }).world, options)

describe('the configuration of the folder that edge is called from', () => {
  it('is that of what runs, where it was brought up by it', async () => {
    expect(await called('one')).toMatchObject({ file: fileOf('one') })
  })

  it('is refused where another one brought up what runs', async () => {
    await expect(called('other')).rejects.toMatchObject({
      where: 'production',
      message: `was brought up by ${fileOf('one')}, and this is ${fileOf('other')}`,
      exitCode: 2,
    })
  })

  it('takes its place where it is named', async () => {
    expect(await called('other', { config: fileOf('other') })).toMatchObject({ file: fileOf('other') })
  })

  it.each([
    ['was moved', () => rm(fileOf('one'))],
    ['has the same content', () => configure('other', 'dist')],
  ])('is the same one where that %s', async (_, change) => {
    await change()
    expect(await called('other')).toMatchObject({ file: fileOf('other') })
  })
})
