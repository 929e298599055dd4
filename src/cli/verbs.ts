import { rooms } from '../../infrastructure/rooms.ts'
import type { RoomVerb, Verb } from '../core/verb.ts'
import { config } from './verb-options.ts'
import { bringUp, takeDown } from './verbs-deployment.ts'
import { ofReleases } from './verbs-release.ts'
import { upkeep } from './verbs-upkeep.ts'
import { withoutInstance } from './verbs-without-instance.ts'

const ofRooms = rooms.flatMap(({ field, verbs: its = [] }) =>
  // `room` holds each verb against its own settings and endpoint. A loop over the verbs of all rooms cannot say that.
  (its as readonly RoomVerb<unknown, unknown>[]).map(({ shownAfter = 'drill', ...verb }) => ({
    shownAfter,
    verb: {
      ...verb,
      options: [config, ...verb.options],
      load: async () => {
        const { configurationVerb, instanceVerb } = await import('./room-verb.ts')
        return 'reads' in verb ? configurationVerb(verb.name) : instanceVerb(verb.name, field, verb.before)
      },
    } satisfies Verb,
  })),
)

/** The verbs that no room has. */
const general: readonly Verb[] = [...bringUp, ...ofReleases, ...takeDown, ...upkeep, ...withoutInstance]

/** Every verb, in the order in which `edge --help` shows them. */
export const verbs: readonly Verb[] = general.flatMap((verb) => [
  verb,
  ...ofRooms.filter(({ shownAfter }) => shownAfter === verb.name).map((its) => its.verb),
])
