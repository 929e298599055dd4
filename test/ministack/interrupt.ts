import { expect } from 'vitest'
import { type Answer, Between, letThrough, type Rule } from './between.ts'
import { AwsTrial } from './trial.ts'

export const denied: Answer = {
  status: 403,
  body: '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no right to this</Message></Error></ErrorResponse>',
}

/** A site on the emulator, with somebody between who may answer in AWS's place. */
export type Watched = { readonly trial: AwsTrial; readonly between: Between; readonly host: string }

/** Deploys a site on an emulator of its own. */
export async function watchedTrial(): Promise<Watched> {
  const trial = await AwsTrial.make()
  const between = await Between.start(trial.emulator)
  trial.environment = between.environment
  return { trial, between, host: await trial.deploy('--yes') }
}

export async function remove({ trial, between }: Watched): Promise<void> {
  await between.stop()
  await trial.remove()
}

/** Builds a version and publishes it; answers which release that is. */
export async function publishVersion({ trial }: Watched, version: number): Promise<string> {
  await trial.build(version)
  return JSON.parse(await trial.must('publish', trial.dist, '--json')).release.id
}

/** What visitors get, and what is said to be live. */
export async function visible({ trial, host }: Watched): Promise<{ page: string; live: string }> {
  const page = (await trial.get(host, '/')).body.toString()
  return { page, live: JSON.parse(await trial.must('releases', '--json')).live }
}

/** Runs a verb while every request that is meant is refused. */
export async function whileDenied(
  { trial, between }: Watched,
  meant: (asked: Parameters<Rule>[0]) => boolean,
  ...args: string[]
) {
  between.rule = async (asked, emulator) => (meant(asked) ? denied : emulator())
  const ran = await trial.edge(...args)
  expect(ran.stderr).not.toContain('mistake of edge')
  return ran
}

/** Begins a verb, interrupts it as Ctrl-C does when a request was made, and answers how it ended. */
export async function interruptedAt({ trial, between }: Watched, request: RegExp, ...args: string[]) {
  between.asked.length = 0
  const { child, ended, said } = trial.begin(...args)
  await expect
    .poll(() => between.asked.filter((asked) => request.test(asked)).length, { interval: 20 })
    .toBeGreaterThan(0)
  child.kill('SIGINT')
  return { ended: await ended, said: said() }
}

/** Interrupts a verb while it waits for CloudFront to forget the release before: all files are in place. */
export async function interruptedAtCloudFront(watched: Watched, ...args: string[]) {
  const { between } = watched
  between.rule = async ({ path }, emulator) => {
    const answer = await emulator()
    const body = answer.body.replace('<Status>Completed<', '<Status>InProgress<')
    return path.includes('/invalidation') ? { ...answer, body } : answer
  }
  const cut = await interruptedAt(watched, /^GET .*\/invalidation\//, ...args)
  between.rule = letThrough
  return cut
}
