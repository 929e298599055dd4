import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Deployed } from '../../src/core/record.ts'
import type { World } from '../../src/core/world.ts'
import { ask } from './ask.ts'
import type { Running } from './endpoint.ts'
import { everySeconds, type Rule } from './render-rules.ts'

const ruleGroups = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            name: z.string(),
            query: z.string(),
            duration: z.number(),
            state: z.string(),
            health: z.string(),
            lastError: z.string().optional(),
            lastEvaluation: z.string(),
            alerts: z.array(z.object({ state: z.string(), value: z.string() })),
          }),
        ),
      }),
    ),
  }),
})
const activeTargets = z.object({
  data: z.object({
    activeTargets: z.array(
      z.object({ labels: z.record(z.string(), z.string()), health: z.string(), lastError: z.string() }),
    ),
  }),
})
const status = z.object({ config: z.object({ original: z.string() }) })

/** A rule as Prometheus has it now. */
export type RunningRule = z.output<typeof ruleGroups>['data']['groups'][number]['rules'][number]

export const runningRules = async ({ prometheus, tls }: Running): Promise<readonly RunningRule[]> =>
  (await ask(tls, `${prometheus}/api/v1/rules?type=alert`, ruleGroups)).data.groups.flatMap(({ rules }) => rules)

/** Prometheus writes an expression in its own way: all but its blanks, and large numbers, is what was loaded. */
const squeezed = (expression: string): string =>
  expression.replaceAll(/\s/g, '').replaceAll(/\d+(\.\d+)?e[+-]?\d+/g, (number) => String(Number(number)))

/** What an alarm's record is of: a change of its rule, or of the route to whoever is told, asks for a new one. */
export const deployedAs = ({ expr, for: lasts }: Rule, routes: string): Deployed => ({
  rule: hash(`${squeezed(expr)} for ${lasts}`),
  route: hash(routes),
})

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12)

/** Why somebody may not be called, in words; undefined where each source, each rule and each route is as it should be. */
export async function problemOf(
  running: Running,
  world: Pick<World, 'sleep'>,
  rule?: Rule,
): Promise<string | undefined> {
  const [sources, rules, routes] = await Promise.all([
    sourceProblem(running, world),
    ruleProblem(running, world, rule),
    routeProblem(running),
  ])
  return sources ?? rules ?? routes
}

/** Prometheus looks at each within this time of its start. */
const firstLookMs = everySeconds * 1000 + 10_000

/** Looks again as long as Prometheus itself has not looked: it may have been started a moment ago. */
async function settled<Seen>(
  look: () => Promise<Seen>,
  isOpen: (seen: Seen) => boolean,
  { sleep }: Pick<World, 'sleep'>,
): Promise<Seen> {
  const deadline = Date.now() + firstLookMs
  for (;;) {
    const seen = await look()
    if (!isOpen(seen) || Date.now() > deadline) return seen
    await sleep(500)
  }
}

/** A source of figures that is away, or was never asked; undefined where each answers. */
export async function sourceProblem(
  { prometheus, tls }: Running,
  world: Pick<World, 'sleep'>,
): Promise<string | undefined> {
  const targets = await settled(
    async () => (await ask(tls, `${prometheus}/api/v1/targets?state=active`, activeTargets)).data.activeTargets,
    (seen) => seen.some(({ health }) => health === 'unknown'),
    world,
  )
  const wrong = targets.find(({ health }) => health !== 'up')
  if (wrong) return `${wrong.labels['job']} gives no figures: ${wrong.lastError || wrong.health}`
  return targets.length === 0 ? 'Prometheus asks nobody for figures' : undefined
}

/** A rule that is not in force as it is wanted; of all of them where none is named. */
export async function ruleProblem(
  running: Running,
  world: Pick<World, 'sleep'>,
  rule?: Rule,
): Promise<string | undefined> {
  const wanted = rule ? [rule] : running.rules
  const loaded = await settled(
    () => runningRules(running),
    (seen) => seen.some(({ health }) => health === 'unknown'),
    world,
  )
  for (const { alert, expr, for: lasts } of wanted) {
    const found = loaded.find(({ name }) => name === alert)
    if (!found) return `Prometheus has no rule ${alert}`
    if (squeezed(found.query) !== squeezed(expr) || found.duration !== lasts)
      return `the rule ${alert} is another than the configured one`
    if (found.health !== 'ok') return `the rule ${alert} cannot be looked at: ${found.lastError ?? found.health}`
    const age = Date.now() - Date.parse(found.lastEvaluation)
    if (!(age < 4 * everySeconds * 1000)) return `the rule ${alert} was looked at last at ${found.lastEvaluation}`
  }
  return undefined
}

/** How the running Alertmanager differs from the configured one. */
export async function routeProblem({ alertmanager, tls, routes }: Running): Promise<string | undefined> {
  const { config } = await ask(tls, `${alertmanager}/api/v2/status`, status)
  const [wanted, has]: unknown[] = [parse(routes), parse(config.original)]
  const where = difference(wanted, has)
  if (where !== undefined) return `the way of the notifications is another than the configured one (${where})`
  const route: unknown = Reflect.get(Object(has), 'route')
  if (Reflect.get(Object(route), 'routes') !== undefined)
    return 'some notifications go another way than the configured one'
  const muting = ['inhibit_rules', 'mute_time_intervals', 'time_intervals'].find((name) => {
    const found: unknown = Reflect.get(Object(has), name)
    return Array.isArray(found) && found.length > 0
  })
  return muting === undefined ? undefined : `some notifications are held back (${muting})`
}

/** Where what is wanted is not there, as a path; Alertmanager adds its defaults, and shows no secret. */
function difference(wanted: unknown, has: unknown, path = ''): string | undefined {
  // An empty text is left out.
  if (has === '<secret>' || (wanted === '' && has === undefined)) return undefined
  if (Array.isArray(wanted)) {
    if (!Array.isArray(has) || has.length !== wanted.length) return path
    return firstOf(wanted.map((one, index) => difference(one, has[index], `${path}[${index}]`)))
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof has !== 'object' || has === null) return path
    return firstOf(
      Object.entries(wanted).map(([name, one]) =>
        difference(one, Reflect.get(has, name), path ? `${path}.${name}` : name),
      ),
    )
  }
  return isDeepStrictEqual(wanted, has) || isSameTime(wanted, has) ? undefined : path
}

const firstOf = (found: readonly (string | undefined)[]): string | undefined => found.find((one) => one !== undefined)

/** `14400s` is `4h` to Alertmanager. */
function isSameTime(wanted: unknown, has: unknown): boolean {
  const [one, other] = [wanted, has].map(inMs)
  return one !== undefined && one === other
}

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

function inMs(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^(\d+(ms|[smhdw]))+$/.test(text)) return undefined
  return [...text.matchAll(/(\d+)(ms|[smhdw])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (new Map(Object.entries(unitMs)).get(unit ?? '') ?? 0),
    0,
  )
}
