import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runScenario } from '../infrastructure/load-testing/run.ts'
import { loadTestingSettings } from '../infrastructure/load-testing/settings.ts'
import { k6Path } from '../src/targets/local/tools.ts'
import { TestInstance } from '../test/instance.ts'
import { withFolder } from '../test/with-folder.ts'
import { testWorld } from '../test/world.ts'
import { writeMillionRequests } from './million-requests.ts'
import { type Bench, inRounds, type Part } from './part.ts'
import { result } from './result.ts'

const rounds = 10
const maker = join(import.meta.dirname, 'make-report.ts')

/** From what k6 has recorded of a million requests to the page, the result and all else that a run leaves. */
const ofMillion = (bench: Bench): Promise<void> =>
  withFolder(async (folder) => {
    await writeMillionRequests(folder)
    const seconds: number[] = []
    const memory: number[] = []
    await inRounds(bench, rounds, async () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [maker, folder], { encoding: 'utf8' })
      if (status !== 0) throw new Error(`${maker} ended with ${status}: ${stderr}`)
      const made: { seconds: number; mebibytes: number } = JSON.parse(stdout)
      seconds.push(made.seconds)
      memory.push(made.mebibytes)
    })
    bench.found(result('report of a million requests', 's', { atMost: 3 }, seconds))
    bench.found(result('memory of making it', 'MiB', { atMost: 300 }, memory))
  })

/** Pauses of the journey that a few users make a load with: the generator's cost of a request is the same. */
const hasty = { minimum: '100 ms', maximum: '200 ms' }
const shape = { scale: 0.1, users: 50 }

/** Requests of the document's journey that k6 makes in a second of one processor, its start included. */
const generator = (bench: Bench): Promise<void> =>
  withFolder(async (folder) => {
    const instance = await TestInstance.make()
    try {
      await instance.must('up', '--no-load-test')
      const { addresses, certificateAuthority } = await instance.status()
      const { world } = testWorld({ signal: bench.signal })
      const k6 = await k6Path(world)
      const before = await secondsOfChildren()
      const { requests, errorPercent } = await runScenario(
        {
          k6,
          scenario: 'load',
          site: addresses.site,
          connectTo: '127.0.0.1',
          ca: certificateAuthority,
          password: (await instance.read('secrets/testAccounts')).trim(),
          settings: loadTestingSettings.parse({ thinkTime: hasty }),
          release: 'r1',
          releaseNow: () => Promise.resolve('r1'),
          versions: {},
          engines: {},
          folder,
          shape,
          onSecond: (elapsed, total) => bench.say(`${Math.round(elapsed)} of ${Math.round(total)} s`),
        },
        world,
      )
      if (errorPercent > 0) throw new Error(`${errorPercent} % of ${requests} requests failed`)
      const perSecond = requests / ((await secondsOfChildren()) - before)
      bench.found(result('requests of the journey in a second of one processor', '/s', { atLeast: 2000 }, [perSecond]))
    } finally {
      await instance.remove()
    }
  })

export const parts: readonly Part[] = [
  { name: 'report of a million requests', measure: ofMillion },
  { name: 'generator', measure: generator },
]

/** Processor time of all children that have ended; k6 is the only one that does so meanwhile. */
async function secondsOfChildren(): Promise<number> {
  const stat = await readFile('/proc/self/stat', 'utf8')
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(13, 15)
    .map(Number)
  const ticksPerSecond = 100
  return (user + system) / ticksPerSecond
}
