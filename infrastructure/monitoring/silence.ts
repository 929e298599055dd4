import { exit, messageOf, OperatorError } from '../../src/core/errors.ts'
import { nearest } from '../../src/core/nearest.ts'
import { type Duration, minuteOf, parseDuration, show, UnitError } from '../../src/core/units.ts'
import type { World } from '../../src/core/world.ts'
import { drillNameOf } from './drill-name.ts'
import type { MonitoringEndpoint, Running } from './endpoint.ts'
import { activeSilences, endSilence, inWords, putSilence, type Silence } from './silences.ts'

/** Whoever needs longer than this for a repair had better say so again. */
const longest = parseDuration('7 days')

type Options = Readonly<Record<string, unknown>>

/** Holds the messages of an alarm back for a time; lists what is held back, and ends that. */
export async function silence(
  endpoint: MonitoringEndpoint,
  world: World,
  positional: readonly unknown[],
  options: Options,
) {
  if ('off' in endpoint) throw new OperatorError('silence', endpoint.off, 'monitoring: { enabled: true }')
  const { stdout } = world
  const [alarm, lasts] = positional.map((one) => (typeof one === 'string' ? one : undefined))
  const ended = options['end']
  const begun =
    typeof ended === 'string'
      ? await end(endpoint, ended, stdout, options)
      : alarm !== undefined && options['list'] !== true
        ? await begin(endpoint, world, { alarm, lasts, why: options['why'] }, options)
        : undefined
  const all = await activeSilences(endpoint)
  if (options['json'] === true)
    stdout.write(`${JSON.stringify({ ...begun, silences: all.map(silenceJson) }, undefined, 2)}\n`)
  else if (!begun) stdout.write(all.length === 0 ? 'nothing is silenced\n' : all.map(lineOf).join(''))
  return exit.ok
}

const lineOf = (one: Silence): string => `${one.id}  ${inWords(one)}\n`

/** What `edge silence --json` and `edge status --json` say of one. */
export const silenceJson = (one: Silence) => ({
  id: one.id,
  alarm: one.matchers.find(({ name }) => name === 'alertname')?.value ?? null,
  until: one.endsAt,
  by: one.createdBy,
  why: one.comment,
})

async function begin(
  running: Running,
  world: World,
  given: { readonly alarm: string; readonly lasts: string | undefined; readonly why: unknown },
  options: Options,
) {
  const alert = alarmNamed(running, given.alarm)
  const lasts = timeOf(given.lasts)
  const { why } = given
  if (typeof why !== 'string' || why.trim() === '')
    throw new OperatorError('silence', 'nobody knows why', "--why 'the pool is rebuilt'", exit.usage)
  const { env } = world
  const by = env['SUDO_USER'] ?? env['USER'] ?? 'somebody without a name'
  const put = await putSilence(running, { alert, lasts, why, by, now: world.now() })
  const until = minuteOf(put.endsAt)
  if (options['json'] !== true)
    world.stdout.write(
      `${alert} calls nobody until ${until} (${show(lasts)}); edge silence --end ${put.id} ends that\n`,
    )
  return { begun: put.id }
}

async function end(running: Running, id: string, stdout: World['stdout'], options: Options) {
  await endSilence(running, id).catch((error: unknown) => {
    throw new OperatorError('silence', `${id} cannot be ended: ${messageOf(error)}`, 'edge silence --list')
  })
  if (options['json'] !== true) stdout.write(`${id} is over: messages go out again\n`)
  return { ended: id }
}

/** `replica-lag`, `replicaLag`, `monitoring.replicaLag`: the rule of that name. Throws OperatorError (exit 2). */
function alarmNamed({ rules }: Running, word: string): string {
  const names = rules.map(({ alert }) => alert)
  const name = word.split('.').at(-1) ?? word
  const found = names.find((one) => one === name || drillNameOf(one) === name)
  if (found !== undefined) return found
  const near = nearest(name, names)
  throw new OperatorError(
    'silence',
    `there is no alarm "${word}"`,
    [...(near === undefined ? [] : [`did you mean "${near}"?`]), `known: ${names.join(', ')}`],
    exit.usage,
  )
}

/** A silence ends by itself: so it needs a time. Throws OperatorError (exit 2). */
function timeOf(text: string | undefined): Duration {
  const usage = (message: string, hint: string) => new OperatorError('silence', message, hint, exit.usage)
  if (text === undefined) throw usage('nobody knows for how long', "edge silence replica-lag 2h --why '…'")
  try {
    const lasts = parseDuration(text)
    if (lasts.milliseconds > 0 && lasts.milliseconds <= longest.milliseconds) return lasts
    throw usage(`${text} is not between a moment and ${show(longest)}`, 'silence it again when that is over')
  } catch (error) {
    if (error instanceof UnitError) throw usage(error.message, `for example ${error.example}`)
    throw error
  }
}
