import { exit } from '../../core/errors.ts'
import type { Engine } from '../../core/plan.ts'
import type { Paint, Report } from '../../core/target.ts'
import type { World } from '../../core/world.ts'
import { inbox, latestVerdicts, ringingNow } from '../../agent/history.ts'
import { siteTls } from '../../targets/local/site-certificate.ts'
import { versionOf } from '../../targets/local/packages.ts'
import { unreadyBecause } from '../../targets/local/ready.ts'
import { passwordFileOf } from '../apply.ts'
import { openExisting, type Session } from '../session.ts'

/** What runs, where it answers, and the last verdicts. */
export async function status(world: World, options: Readonly<Record<string, unknown>>): Promise<Report> {
  const session = await openExisting(world, options)
  const seen = await lookAt(session)
  const news = await inbox(session.instance.state, 5)
  return {
    json: seen,
    lines: (paint) => statusLines(seen, session.instance.state, news, paint),
    code: seen.engines.every(isWell) ? exit.ok : exit.failed,
  }
}

/** The contract of `edge status --json`; holds no secret. */
export async function lookAt(session: Session) {
  const { instance, composed, configuration } = session
  const engines = composed.plan.filter((part) => part.kind === 'engine')
  const [verdicts, live] = await Promise.all([latestVerdicts(instance.state), composed.live()])
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
    /** Alarms whose messages are held back now; null where nobody can say. */
    silenced: (await composed.silenced?.().catch(() => undefined)) ?? null,
    guarantees: {
      kept: of('kept'),
      broken: of('broken'),
      notClaimed: of('notClaimed'),
      measuredAt: measuredAt ?? null,
    },
  }
}

async function engineStatus(engine: Engine, { supervisor, world }: Session) {
  const service = await supervisor.status(engine.name)
  const [version, noAnswer] = await Promise.all([
    engine.need ? versionOf(engine.need, world) : undefined,
    service.up ? silence(engine, world) : undefined,
  ])
  return {
    name: engine.name,
    state: service.up ? 'up' : 'down',
    pid: service.pid ?? null,
    restarts: service.restarts,
    version: version ?? null,
    /** What was seen instead of an answer of one that runs; null where it answers. */
    noAnswer: noAnswer ?? null,
  }
}

/** Whoever is busy, or was started a moment ago, answers a moment later. */
const asksAgainAfterMs = 1000

async function silence({ ready }: Engine, world: World): Promise<string | undefined> {
  if ((await unreadyBecause(ready, world)) === undefined) return undefined
  await world.sleep(asksAgainAfterMs)
  return unreadyBecause(ready, world)
}

const isWell = ({ state, noAnswer }: Pick<Seen['engines'][number], 'state' | 'noAnswer'>): boolean =>
  state === 'up' && noAnswer === null

type Seen = Awaited<ReturnType<typeof lookAt>>

function statusLines(
  seen: Seen,
  state: string,
  news: Awaited<ReturnType<typeof inbox>>,
  { bold, dim, green, red }: Paint,
): readonly string[] {
  const { engines, release, guarantees } = seen
  const { kept, broken, notClaimed, measuredAt } = guarantees
  const api = !release || release.api === null ? '' : ` with API ${release.api}`
  const asOf = dim(measuredAt === null ? 'never verified: edge verify' : `as of ${measuredAt}`)
  return [
    `${bold(seen.instance)} · ${seen.target} · ${state}`,
    '',
    ...engines.map((engine) => {
      const sign = isWell(engine) ? green('✓') : red('✗')
      const count = engine.restarts
      const restarts = count === 0 ? '' : `   ${count} ${count === 1 ? 'restart' : 'restarts'}`
      const pid = dim(`pid ${engine.pid ?? '–'}`.padEnd(14))
      return `  ${sign} ${engine.name.padEnd(19)}${engine.state.padEnd(6)}${pid}${dim(engine.version ?? '')}${restarts}${engine.noAnswer === null ? '' : red(`   does not answer: ${engine.noAnswer}`)}`
    }),
    '',
    ...(release ? [`  ${'release'.padEnd(12)}${release.id}${api}`] : []),
    addressLines(seen).trimEnd(),
    ...(engines.some((engine) => !isWell(engine)) ? ['', '  edge up starts what is down or does not answer'] : []),
    '',
    `  kept ${kept}   broken ${broken}   not claimed ${notClaimed}   ${asOf}`,
    ...seen.ringing.map(({ id, since }) => `  ${red('rings')}       ${id} since ${since}`),
    ...(seen.silenced ?? []).map(
      ({ alarm, until, by, why }) =>
        `  ${red('silenced')}    ${alarm ?? 'several alarms'} until ${until} by ${by}: ${why}`,
    ),
    ...(news.length > 0 ? ['', '  last notifications'] : []),
    ...news.map(({ at, id, says }) => `    ${dim(at)}  ${id}  ${says}`),
  ]
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
