import { rooms } from '../../infrastructure/rooms.ts'
import type { Options } from '../core/options.ts'

/**
 * The verbs that take `--config`, and those that take `--target`. Written down, as verbs.ts leads to all that any of them
 * may do; rooms bring their own.
 */
const onBothTargets = 'plan deploy verify status publish releases rollback explain destroy'
const onThisMachine = 'up logs down drill losses secrets heal renew config unit prepare'
const ofRooms = rooms.flatMap(({ verbs: its = [] }) => its.map(({ name }) => name))
const verbsOf = {
  target: onBothTargets.split(' '),
  config: [...`${onBothTargets} ${onThisMachine}`.split(' '), ...ofRooms],
}

/**
 * Each as a command: `edge` alone is also the word for nginx in front. One that has the option by itself has it before
 * the next command begins.
 */
const without = (option: keyof typeof verbsOf): RegExp =>
  new RegExp(String.raw`\bedge (?:${verbsOf[option].join('|')})\b(?![-\w])(?!(?:(?!\bedge )[^;])*--${option}\b)`)
const lacking = { config: without('config'), target: without('target') }

/**
 * Commands are advised without these options: where the command line named a configuration or a target, they would go to
 * another one as they are typed from the screen. Undefined where nothing has to be said.
 */
export function asHere(typed: Options, advice: readonly string[]): string | undefined {
  const needed = (['config', 'target'] as const).flatMap((option) => {
    const given = typed[option]
    return typeof given === 'string' && advice.some((line) => lacking[option].test(line))
      ? [`--${option} ${given}`]
      : []
  })
  return needed.length === 0 ? undefined : `with ${needed.join(' ')} each time, as here`
}
