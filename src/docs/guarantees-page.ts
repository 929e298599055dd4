import { roomNames } from '../../infrastructure/rooms.ts'
import { type Guarantee, showBound } from '../core/guarantee.ts'

/** How far a promise is proven on one machine, as far as the code can say it without a running instance. */
type Proof = 'proven' | 'never' | 'later'

const words: Readonly<Record<Proof, string>> = { proven: '✓', never: 'not on one machine', later: 'not yet' }

/**
 * `sabotaged`: ids for which a test breaks what runs and sees the check notice; only what was seen to break counts as
 * proven. `never`: ids of what one machine cannot keep.
 */
type Ids = { readonly sabotaged: ReadonlySet<string>; readonly never: ReadonlySet<string> }

const intro = `<!-- rendered by src/docs/render.ts -->

# Guarantees

What \`edge\` promises, and what is proven of it on one machine. \`edge verify\` proves it on your instance.

- **✓**: a check measures it on what runs, and a test has broken the running thing (its process, file, configuration or
  data), seen the check say *broken*, repaired it, and seen *kept* again. It does not say that a test went exactly to the
  bound and beyond.
- **not yet**: no such test counts. \`edge verify --all\` says why, and what proves it on your instance.
  - \`load\`, \`stress\` and \`soak\` are judged by your last such \`edge load-test\`. A test stops the API in the middle of a
    short trial of each, and passes its record off as one of the whole run: that proves the check, and not the whole run.
  - An alarm is *kept* only where a drill has seen it ring. The tests that break most of them lay the drill's record there
    themselves: that proves the check alone. Drills that ran are in \`docs/reports\`.
  - \`otherRegion\` can be kept only where the second repository lies on another machine.
- **not on one machine**: it takes more than one machine.
- *bound from*: the production document (the requirements of AI Sports Edge, for which \`edge\` was made), or ours where it
  names no number.`

/** docs/guarantees.md, whole. */
export const guaranteesPage = (guarantees: readonly Guarantee[], ids: Ids): string =>
  `${[intro, ...byRoom(guarantees).map(([room, mine]) => section(room, mine, ids))].join('\n\n')}\n`

/** The README's table: how many of each room's promises a test has broken and seen repaired. */
export const provenTable = (guarantees: readonly Guarantee[], ids: Ids): string =>
  [
    '| component | broken and repaired by a test |',
    '|---|---|',
    ...byRoom(guarantees).map(([room, mine]) => `| ${room} | ${provenOf(mine, ids)} |`),
  ].join('\n')

const byRoom = (guarantees: readonly Guarantee[]): readonly (readonly [string, readonly Guarantee[]])[] =>
  roomNames.map((room) => [room, guarantees.filter(({ component }) => component === room)])

function proofOf({ id }: Guarantee, { sabotaged, never }: Ids): Proof {
  if (never.has(id)) return 'never'
  return sabotaged.has(id) ? 'proven' : 'later'
}

const provenOf = (mine: readonly Guarantee[], ids: Ids): string =>
  `${mine.filter((guarantee) => proofOf(guarantee, ids) === 'proven').length} of ${mine.length}`

function section(room: string, mine: readonly Guarantee[], ids: Ids): string {
  const rows = mine.map((guarantee) => {
    const { id, says, source } = guarantee
    return `| \`${id.slice(room.length + 1)}\` | ${says} | ${showBound(guarantee)} | ${source} | ${words[proofOf(guarantee, ids)]} |`
  })
  return [
    `## ${room}: ${provenOf(mine, ids)} proven on one machine`,
    '',
    '| id | promise | bound | bound from | proven |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}
