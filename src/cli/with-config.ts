import { rooms } from '../../infrastructure/rooms.ts'

/** The verbs that take `--config`. Written down, as verbs.ts leads to all that any of them may do; rooms bring their own. */
const general =
  'up plan deploy verify status logs publish releases rollback explain down destroy drill losses heal renew config prepare secrets'
const verbs = [general.replaceAll(' ', '|'), ...rooms.flatMap(({ verbs: its = [] }) => its.map(({ name }) => name))]

/** Each as a command: `edge` alone is also the word for nginx in front. */
const command = new RegExp(String.raw`\bedge (${verbs.join('|')})\b(?!.*--config)`)

/**
 * Commands are advised without their options: where a configuration was named, they would go to another one as they are
 * typed from the screen. Undefined where nothing has to be said.
 */
export function withConfig(config: unknown, advice: readonly string[]): string | undefined {
  const isNeeded = typeof config === 'string' && advice.some((line) => command.test(line))
  return isNeeded ? `with --config ${config} each time, as here` : undefined
}
