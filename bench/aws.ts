import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { project } from '../test/instance.ts'
import { AwsTrial } from '../test/ministack/trial.ts'
import { type Bench, inRounds, type Part } from './part.ts'
import { result } from './result.ts'

const rounds = 10
const account = '000000000000'

/** `edge plan` against `cdk diff`, of one app with one change, against one emulator, in turns. */
async function planning(bench: Bench): Promise<void> {
  const trial = await AwsTrial.make()
  try {
    await trial.deploy('--yes')
    await trial.configure(`cdn: { frames: 'SAMEORIGIN' },`)
    const config = join(trial.folder, 'production.config.ts')
    const app = [process.execPath, join(project, 'bench/aws-app.ts'), config, account].join(' ')
    const quiet = ['--no-notices', '--no-version-reporting', '--no-color']
    const cdk = ['diff', '--app', app, '--output', join(trial.folder, 'cdk.out'), ...quiet]
    const run = (command: string, ...args: readonly string[]): number => {
      const begun = performance.now()
      const ran = spawnSync(command, args, {
        cwd: trial.folder,
        encoding: 'utf8',
        env: { ...process.env, ...trial.emulator.environment, CDK_DISABLE_CLI_TELEMETRY: 'true' },
      })
      if (ran.status !== 0 || !ran.stdout.concat(ran.stderr).includes('StaticHeaders'))
        throw new Error(`${command} ${args.join(' ')} ended with ${ran.status}\n${ran.stdout}${ran.stderr}`)
      return performance.now() - begun
    }
    const plan: number[] = []
    const ratios: number[] = []
    await inRounds(
      bench,
      rounds,
      async (counts) => {
        const mine = run(join(project, 'edge'), 'plan', 'cdn', '--target', 'aws', '--config', config)
        const other = run(join(project, 'node_modules/.bin/cdk'), ...cdk)
        if (!counts) return
        plan.push(mine / 1000)
        ratios.push(mine / other)
      },
      1,
    )
    bench.found(result('edge plan cdn --target aws', 's', { atMost: 2 }, plan))
    bench.found(result('the same against cdk diff of the same app', '×', { atMost: 0.4 }, ratios))
  } finally {
    await trial.remove()
  }
}

export const parts: readonly Part[] = [{ name: 'aws', measure: planning }]
