import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Step } from '../../src/core/plan.ts'
import { isLeftBehind } from '../../src/targets/local/at-work.ts'
import { startupOf } from './causes.ts'
import { letGo } from './hold-replay.ts'
import type { Member } from './members.ts'

/** There while a drill has the replay stopped: whoever finds it, and the drill gone, has the replay go on. */
export const replayNoteOf = (state: string): string => join(state, 'run', 'replay-stopped.json')

/** The replay is stopped on no member by a drill that was killed together with what held it: such a one could not take over. */
export function replayStep(state: string, members: readonly Member[], dataOf: (member: Member) => string): Step {
  return {
    kind: 'step',
    name: 'replay',
    component: 'database',
    title: 'replay',
    after: members,
    takesBack: true,
    observe: async () => {
      if (!(await isLeftBehind(replayNoteOf(state)))) return 'done'
      return { missing: 'a drill was killed that had the replay stopped' }
    },
    ensure: async () => {
      const pids = await Promise.all(members.map((member) => startupOf(dataOf(member))))
      letGo(pids.filter((pid) => pid !== undefined))
      await rm(replayNoteOf(state), { force: true })
    },
    detail: async () => 'stopped by nobody',
  }
}
