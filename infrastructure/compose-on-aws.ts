import type { Configuration } from '../src/config/schema.ts'
import type { AlarmOnAws } from '../src/core/cloudwatch-alarm.ts'
import type { Guarantees } from '../src/core/guarantee.ts'
import type { Severity } from '../src/core/severity.ts'
import { place, type Placed, placeRoom, type Proven } from '../src/targets/aws/place.ts'
import { silentAlarms } from '../src/core/own-function.ts'
import type { RoomOnAws, RoomStack, Where } from '../src/targets/aws/room.ts'
import type { DeployedTopics } from './monitoring/aws/outputs.ts'
import { severityOfAlarm } from './monitoring/severity.ts'
import { alarmsOnAws } from './aws-alarms.ts'
import { type GivenOnAws, needsOnAws } from './needs-on-aws.ts'
import { rooms } from './rooms.ts'

/** A stack whose types nobody asks for: each is given what its own schema read and what `needsOnAws` has for it. */
type AnyStack = RoomStack<unknown, unknown, unknown> | RoomOnAws<Guarantees, unknown, unknown, unknown, unknown>

const loaded = (
  await Promise.all(
    rooms.map(async ({ field, aws }) => {
      const stacks: object = (await aws?.()) ?? {}
      // `needsOnAws` holds each stack against its needs, by its name. A loop over all of them cannot say that.
      return Object.entries(stacks).map(([name, stack]) => ({ name, field, stack: stack as AnyStack }))
    }),
  )
).flat()
type Loaded = (typeof loaded)[number]

const wants: Readonly<
  Record<string, { readonly after?: readonly string[]; readonly given: (given: GivenOnAws) => object } | undefined>
> = needsOnAws

/** What stacks provide, under their names. */
type Provided = Readonly<Record<string, unknown>>

/** The stack with the topics, which all come after that call somebody. */
const topics = 'monitoring'

/** The rooms put together for AWS, each stack after those that it needs: the order in which they are deployed. */
export function stacksOf(configuration: Configuration, account: string): readonly (Placed | Proven)[] {
  const where = { instance: configuration.name, account, region: configuration.aws.region }
  const watched = loaded.flatMap(({ stack }) =>
    alarmsOf(stack, configuration).flatMap((alarm) =>
      stack.watched ? [{ alarm, ...stack.watched(alarm, where) }] : [],
    ),
  )
  const made = new Map<string, Placed | Proven | undefined>()
  const named = (name: string): Placed | Proven | undefined => {
    if (made.has(name)) return made.get(name)
    const found = loaded.find((each) => each.name === name)
    if (!found) throw new Error(`there is no stack ${name}`)
    const first = firstOf(found).flatMap((each) => {
      const placed = named(each)
      return placed ? [[each, placed] as const] : []
    })
    const placed = put(found, { configuration, watched }, where, Object.fromEntries(first))
    made.set(name, placed)
    return placed
  }
  for (const { name } of loaded) named(name)
  return [...made.values()].filter((placed) => placed !== undefined)
}

const alarmsOf = ({ measured = [] }: AnyStack, configuration: Configuration): readonly AlarmOnAws[] =>
  alarmsOnAws(configuration, measured)

/** Names of the stacks that come first. No topic carries an alarm of another region. */
function firstOf({ name, stack }: Loaded): readonly string[] {
  const calls = stack.measured !== undefined && stack.region === 'configured'
  return [...(calls ? [topics] : []), ...(wants[name]?.after ?? [])]
}

/** A stack where it belongs; undefined where that is nowhere. */
function put(
  { name, field, stack }: Loaded,
  given: Omit<GivenOnAws, 'stack'>,
  where: Where,
  from: Readonly<Record<string, Placed>>,
): Placed | Proven | undefined {
  const { configuration } = given
  const region = stack.region === 'copies' ? configuration.aws.copies : where.region
  if (region === false) return undefined
  const { after = [], given: needed } = wants[name] ?? {}
  const needs = (provided: Provided): object => {
    const its = { ...needed?.({ ...given, stack: providedBy(name, after, provided) }) }
    if (!stack.measured) return its
    // When they are asked for: as long as there are no topics, the rest can be looked at.
    const alarms = () => alarmsOf(stack, configuration).map((alarm) => called(alarm, provided))
    const silent = () => (stack.functions ?? []).flatMap(silentAlarms).map((alarm) => carried(alarm, provided))
    return Object.defineProperties(its, {
      alarms: { enumerable: true, get: alarms },
      silent: { enumerable: true, get: silent },
    })
  }
  const [at, settings] = [{ ...where, region }, configuration[field]]
  return 'guarantees' in stack ? placeRoom(at, stack, settings, from, needs) : place(at, stack, settings, from, needs)
}

/** An alarm with its severity, and with what carries it. */
const called = (alarm: AlarmOnAws, provided: Provided): AlarmOnAws & Carried =>
  carried({ ...alarm, severity: severityOfAlarm(alarm) }, provided)

type Carried = { readonly severity: Severity; readonly topic?: string }

/** An alarm with the topic of its severity, where the stack with the topics comes first. */
function carried<Its extends { readonly severity: Severity }>(alarm: Its, provided: Provided): Its & Carried {
  // Under a stack's name lies what it provides.
  const its = provided[topics] as DeployedTopics | undefined
  return { ...alarm, ...(its ? { topic: its[alarm.severity] } : {}) }
}

/** What others provide, under their names. Throws where one is asked for that does not come first: that is our own mistake. */
const providedBy =
  (asker: string, after: readonly string[], provided: Provided): GivenOnAws['stack'] =>
  (name) => {
    if (!after.includes(name)) throw new Error(`the stack ${asker} does not come after ${name}`)
    // Under a stack's name lies what it provides; nothing where it is nowhere.
    return provided[name] as never
  }
