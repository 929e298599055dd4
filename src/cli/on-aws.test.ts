import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { main } from './main.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-options-'))
  await writeFile(
    join(folder, 'production.config.ts'),
    `export default { name: 'trial', target: 'aws', site: { static: 'dist' } }\n`,
  )
  // Before the tests: CDK takes seconds on a machine that has much to do.
  await import('./on-aws.ts')
}, 60_000)
afterAll(() => rm(folder, { recursive: true }))

/** Runs a verb that has to end before it asks AWS for anything. */
async function edge(...argv: string[]) {
  const { world, stdout, stderr } = testWorld({ argv: [...argv, '--target', 'aws'], cwd: folder })
  return { code: await main(world), stdout: stdout(), stderr: stderr() }
}

describe('on AWS', () => {
  it.each([
    [
      'a plan of what is not there yet',
      ['plan', 'app'],
      'plan: on AWS there is no stack of app yet, only of monitoring, database, backup, cdn',
    ],
    ['a deployment of it', ['deploy', 'cdn', 'app'], 'deploy: on AWS there is no stack of app yet'],
    ['a deletion of it', ['destroy', 'app', '--yes'], 'destroy: on AWS there is no stack of app yet'],
    ['two plans at once', ['deploy', 'one.json', 'two.json'], 'deploy: takes one plan (got one.json two.json)'],
    ['what is no component to leave out', ['deploy', '--skip', 'cnd'], 'did you mean "cdn"?'],
    ['an API to release', ['publish', 'dist', '--api', 'build'], '--api: on AWS the web alone is released'],
    ['what migrations may take away', ['publish', 'dist', '--contract', 'a.b'], '--contract: on AWS the web alone'],
    [
      'another site to judge',
      ['verify', '--url', 'https://www.example.com'],
      '--url: is for a site that somebody else',
    ],
  ])('refuses %s', async (_, argv, says) => {
    const ran = await edge(...argv)
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining(says)])
  })

  it('deploys nothing where all components are left out', async () => {
    expect(await edge('deploy', '--yes', '--skip', 'cdn', 'database', 'backup', 'monitoring')).toEqual({
      code: 0,
      stdout: expect.stringContaining('nothing to deploy'),
      stderr: '',
    })
    const { stdout } = await edge('deploy', '--yes', '--json', '--skip', 'cdn', 'backup', 'database', 'monitoring')
    expect(JSON.parse(stdout)).toEqual({ target: 'aws', changed: 0 })
  })
})
