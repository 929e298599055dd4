import { liveRelease } from '../../infrastructure/cdn/releases/layout.ts'
import { exit } from '../core/errors.ts'
import type { Engine } from '../core/plan.ts'
import { inbox, latestVerdicts, ringingNow } from '../agent/history.ts'
import { siteTls } from '../targets/local/site-certificate.ts'
import { versionOf } from '../targets/local/packages.ts'
import { passwordFileOf } from './apply.ts'
import { siteOfInstance } from './open.ts'
import { style } from './screen/style.ts'
import { openExisting, type Session } from './session.ts'
import type { VerbRun } from './verb.ts'

export const status: VerbRun = async (world, _positional, options) => {
  const session = await openExisting(world, options)
  const report = await lookAt(session)
  if (options['json'] === true) {
    world.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`)
  } else {
    await show(report, session)
  }
  return report.engines.every(({ state }) => state === 'up') ? exit.ok : exit.failed
}

/** The contract of `edge status --json`; holds no secret. */
export async function lookAt(session: Session) {
  const { instance, composed, configuration } = session
  const engines = composed.plan.filter((part) => part.kind === 'engine')
  const [verdicts, live] = await Promise.all([
    latestVerdicts(instance.state),
    liveRelease(siteOfInstance(instance, configuration).site),
  ])
  const of = (verdict: string): number => verdicts.filter((entry) => entry.verdict === verdict).length
  const measuredAt = verdicts
    .map((entry) => entry.measuredAt)
    .toSorted()
    .at(-1)
  return {
    instance: instance.name,
    target: 'local',
    addresses: composed.addresses,
    /** Of the site's certificate; null where every machine knows it. */
    certificateAuthority: siteTls(instance.state, configuration.serve.certificate).ca ?? null,
    passwordFile: passwordFileOf(instance.state),
    /** What is live; its API is null where the one of the configuration runs, as it lies there. */
    release: live ? { id: live.id, api: live.api ?? null } : null,
    engines: await Promise.all(engines.map((engine) => engineStatus(engine, session))),
    /** Alarms that ring now. */
    ringing: await ringingNow(instance.state),
    guarantees: {
      kept: of('kept'),
      broken: of('broken'),
      notClaimed: of('notClaimed'),
      measuredAt: measuredAt ?? null,
    },
  }
}

async function engineStatus(engine: Engine, { supervisor, world }: Session) {
  const [service, version] = await Promise.all([
    supervisor.status(engine.name),
    engine.need ? versionOf(engine.need, world) : undefined,
  ])
  return {
    name: engine.name,
    state: service.up ? 'up' : 'down',
    pid: service.pid ?? null,
    restarts: service.restarts,
    version: version ?? null,
  }
}

async function show(report: Awaited<ReturnType<typeof lookAt>>, { instance, world }: Session): Promise<void> {
  const { stdout } = world
  const { bold, dim, green, red } = style(stdout)
  stdout.write(`${bold(report.instance)} · ${report.target} · ${instance.state}\n\n`)
  for (const engine of report.engines) {
    const sign = engine.state === 'up' ? green('✓') : red('✗')
    const restarts =
      engine.restarts === 0 ? '' : `   ${engine.restarts} ${engine.restarts === 1 ? 'restart' : 'restarts'}`
    stdout.write(
      `  ${sign} ${engine.name.padEnd(19)}${engine.state.padEnd(6)}${dim(`pid ${engine.pid ?? '–'}`.padEnd(14))}${dim(engine.version ?? '')}${restarts}\n`,
    )
  }
  const { release } = report
  if (release) {
    const api = release.api === null ? '' : ` with API ${release.api}`
    stdout.write(`\n  ${'release'.padEnd(12)}${release.id}${api}\n`)
  }
  stdout.write(`${release ? '' : '\n'}${addressLines(report)}`)
  if (report.engines.some(({ state }) => state !== 'up')) stdout.write('\n  edge up starts what is down\n')
  const { kept, broken, notClaimed, measuredAt } = report.guarantees
  stdout.write(
    `\n  kept ${kept}   broken ${broken}   not claimed ${notClaimed}   ${dim(measuredAt === null ? 'never verified: edge verify' : `as of ${measuredAt}`)}\n`,
  )
  for (const { id, since } of report.ringing) stdout.write(`  ${red('rings')}       ${id} since ${since}\n`)
  const news = await inbox(instance.state, 5)
  if (news.length > 0) stdout.write('\n  last notifications\n')
  for (const { at, id, says } of news) stdout.write(`    ${dim(at)}  ${id}  ${says}\n`)
}

/** Where everything answers; the last lines of `edge up`, too. */
export function addressLines(report: {
  addresses: Readonly<Record<string, string | null>>
  certificateAuthority: string | null
  passwordFile: string
}): string {
  const rows: [string, string][] = Object.entries(report.addresses).flatMap(([name, address]) =>
    address === null ? [] : [[name, address]],
  )
  if (report.certificateAuthority !== null) rows.push(['authority', report.certificateAuthority])
  rows.push(['passwords', report.passwordFile])
  return rows.map(([name, value]) => `  ${name.padEnd(12)}${value}\n`).join('')
}
