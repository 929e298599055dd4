import { exit, OperatorError } from '../../src/core/errors.ts'
import type { Member } from './members.ts'
import { sessionsNow, standbyNow, switchover, type Switchover } from './switchover.ts'
import type { DatabaseRun } from './verb-run.ts'

/** So many measure what clients of the pool meet. */
const writers = 4

/** Has another member lead, and shows what the pool's clients met meanwhile. Exit 1 where any of them met an error. */
export const switchoverVerb: DatabaseRun = async (endpoint, world, _positional, options) => {
  const asked = askedFor(options['to'], endpoint.cluster.members)
  const seen = await standbyNow(endpoint)
  const show = (json: object, text: string): void =>
    world.stdout.write(options['json'] === true ? `${JSON.stringify(json, undefined, 2)}\n` : text)
  if (asked === seen.primary) {
    show({ primary: seen.primary, changed: false }, `${seen.primary} leads already: nothing was changed\n`)
    return exit.ok
  }
  const from = seen.primary
  if (options['dryRun'] === true) {
    const to = asked ?? endpoint.cluster.members.filter((member) => member !== from).join(' or ')
    const sessions = await sessionsNow(endpoint.addresses)
    show({ from, to, sessions }, planned(from, to, sessions))
    return exit.ok
  }
  const done = await switchover(endpoint, { from, named: asked, writers }, world)
  show({ ...done, changed: true }, inWords(done))
  return done.lost > 0 || done.failed.length > 0 ? exit.failed : exit.ok
}

function askedFor(to: unknown, members: readonly Member[]): Member | undefined {
  if (to === undefined) return undefined
  const found = members.find((member) => member === to)
  if (found) return found
  const known = `${members.join(', ')} are members`
  throw new OperatorError('--to', `"${String(to)}" is no member (${known})`, 'edge database status', exit.usage)
}

const planned = (from: Member, to: string, sessions: number): string =>
  `${to} would take over from ${from}: the pool's clients wait for some seconds, ${sessions} sessions past the pool are cut\n`

const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`

function inWords({ from, to, gapMs, acknowledged, lost, failed, reads, sessionsCut, standbyAfterMs }: Switchover) {
  const [first] = failed
  return [
    `${from} → ${to}: ${to} leads`,
    `  longest wait of a write   ${inSeconds(gapMs)}`,
    `  failed requests           ${failed.length} of ${acknowledged + reads + failed.length}${first === undefined ? '' : ` (${first})`}`,
    `  lost writes               ${lost} of ${acknowledged}`,
    `  sessions past the pool    ${sessionsCut} cut`,
    `  standby again             ${inSeconds(standbyAfterMs)} later`,
    '',
  ].join('\n')
}
