import { createHash } from 'node:crypto'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Deployed } from '../../src/core/record.ts'
import type { World } from '../../src/core/world.ts'
import { ask } from './ask.ts'
import { withNowhere } from './delivery-cause.ts'
import { difference } from './difference.ts'
import type { Running } from './endpoint.ts'
import { figureAt } from './figures.ts'
import { jobs } from './jobs.ts'
import { everySeconds, type Rule, scaledLabel, sources } from './render-rules.ts'
import { senderProblem } from './sender.ts'
import { settled } from './settled.ts'
import { silenceOf } from './silences.ts'

const ruleGroups = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            name: z.string(),
            labels: z.record(z.string(), z.string()),
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
const alarmed: ReadonlySet<string> = new Set(Object.values(jobs))
const status = z.object({ config: z.object({ original: z.string() }) })

/** A rule as Prometheus has it now. */
export type RunningRule = z.output<typeof ruleGroups>['data']['groups'][number]['rules'][number]

export const runningRules = async ({ prometheus, tls }: Running): Promise<readonly RunningRule[]> =>
  (await ask(tls, `${prometheus}/api/v1/rules?type=alert`, ruleGroups)).data.groups.flatMap(({ rules }) => rules)

/** A rule that a drill has added: what it says is of no configured boundary. */
export const isScaled = ({ labels }: Pick<RunningRule, 'labels'>): boolean => labels[scaledLabel] !== undefined

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
  const [source, rules, way] = await Promise.all([
    sourceProblem(running, world),
    ruleProblem(running, world, rule),
    wayProblem(running, world, rule?.alert),
  ])
  return source ?? rules ?? way
}

/** A source of figures that alarms are about, and that is away, or was never asked; undefined where each answers. */
export async function sourceProblem(
  { prometheus, tls }: Running,
  world: Pick<World, 'sleep'>,
): Promise<string | undefined> {
  const targets = await settled(
    async () =>
      (await ask(tls, `${prometheus}/api/v1/targets?state=active`, activeTargets)).data.activeTargets.filter(
        ({ labels: { job } }) => job !== undefined && alarmed.has(job),
      ),
    // Right after its start Prometheus has not yet looked up whom it asks.
    (seen) => seen.length === 0 || seen.some(({ health }) => health === 'unknown'),
    world,
  )
  const wrong = targets.find(({ health }) => health !== 'up')
  if (wrong) return `${wrong.labels['job']} gives no figures: ${wrong.lastError || wrong.health}`
  return targets.length === 0 ? 'Prometheus asks nobody for figures' : keepingProblem({ prometheus, tls }, world)
}

/** In seconds: as many rounds of questions may be lost. */
const oldestFigure = 4 * everySeconds

/** That Prometheus asks and is answered, and keeps nothing of it: it goes on so where its disk is full. */
async function keepingProblem(
  { prometheus, tls }: Pick<Running, 'prometheus' | 'tls'>,
  world: Pick<World, 'sleep'>,
): Promise<string | undefined> {
  const age = await settled(
    () => figureAt(prometheus, tls, `time() - max(timestamp(${sources}))`),
    (seen) => !isFresh(seen),
    world,
  )
  if (isFresh(age)) return undefined
  const newest = age === undefined ? 'there is none' : `the newest is ${Math.round(age)} s old`
  return `Prometheus keeps no figures, ${newest}: is its disk full? edge logs prometheus`
}

const isFresh = (age: number | undefined): boolean => age !== undefined && age <= oldestFigure

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
    const found = loaded.find((one) => one.name === alert && !isScaled(one))
    if (!found) return `Prometheus has no rule ${alert}`
    if (squeezed(found.query) !== squeezed(expr) || found.duration !== lasts)
      return `the rule ${alert} is another than the configured one`
    if (found.health !== 'ok') return `the rule ${alert} cannot be looked at: ${found.lastError ?? found.health}`
    const age = Date.now() - Date.parse(found.lastEvaluation)
    if (!(age < 4 * everySeconds * 1000)) return `the rule ${alert} was looked at last at ${found.lastEvaluation}`
  }
  return undefined
}

/** Why a message, or that of one alarm, may not go the whole way from Prometheus to everybody; undefined where it does. */
export async function wayProblem(
  running: Running,
  world: Pick<World, 'sleep'>,
  alert?: string,
): Promise<string | undefined> {
  const [sender, routes, silence] = await Promise.all([
    senderProblem(running, world),
    routeProblem(running),
    silenceOf(running, alert),
  ])
  return sender ?? routes ?? silence
}

function wayDifference(wanted: unknown, has: unknown): string | undefined {
  const where = difference(wanted, has)
  if (where !== undefined) return `the way of the notifications is another than the configured one (${where})`
  const branches = (whole: unknown): unknown => Reflect.get(Object(Reflect.get(Object(whole), 'route')), 'routes')
  return branches(wanted) === undefined && branches(has) !== undefined
    ? 'some notifications go another way than the configured one'
    : undefined
}

/** How the running Alertmanager differs from the configured one. */
async function routeProblem({ alertmanager, tls, routes }: Running): Promise<string | undefined> {
  const { config } = await ask(tls, `${alertmanager}/api/v2/status`, status)
  const has: unknown = parse(config.original)
  // While a drill has a receiver of its own beside them, whatever rings goes to the configured ones.
  const [problem, ofDrill] = [routes, withNowhere(routes)].map((wanted) => wayDifference(parse(wanted), has))
  if (problem !== undefined && ofDrill !== undefined) return problem
  const muting = ['inhibit_rules', 'mute_time_intervals', 'time_intervals'].find((name) => {
    const found: unknown = Reflect.get(Object(has), name)
    return Array.isArray(found) && found.length > 0
  })
  return muting === undefined ? undefined : `some notifications are held back (${muting})`
}
