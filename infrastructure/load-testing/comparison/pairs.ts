import type { Result } from '../result.ts'

/** What a comparison needs of a run. */
export type Run = Pick<
  Result,
  | 'scenario'
  | 'verdict'
  | 'reasons'
  | 'interrupted'
  | 'scale'
  | 'open'
  | 'requestsPerSecond'
  | 'users'
  | 'release'
  | 'journeyHash'
  | 'k6'
  | 'startedAt'
  | 'machine'
  | 'steps'
>

export type Pair = { readonly base: Run; readonly candidate: Run }

/**
 * Neighbours in time, one of each side: what the machine and its neighbours do meanwhile is the same for both. Runs of
 * one side in a row have no neighbour, and are left out.
 */
export function interleaved(base: readonly Run[], candidate: readonly Run[]): readonly Pair[] {
  const all = [
    ...base.map((run) => ({ run, isBase: true })),
    ...candidate.map((run) => ({ run, isBase: false })),
  ].toSorted((a, b) => a.run.startedAt.localeCompare(b.run.startedAt))
  const pairs: Pair[] = []
  for (let place = 0; place + 1 < all.length; place++) {
    const [one, other] = [all[place], all[place + 1]]
    if (!one || !other || one.isBase === other.isBase) continue
    pairs.push(one.isBase ? { base: one.run, candidate: other.run } : { base: other.run, candidate: one.run })
    place++
  }
  return pairs
}

/** Invalid and interrupted runs measured something else than the site; one that failed measured the site. */
export const isUsable = ({ verdict, interrupted }: Run): boolean => verdict !== 'invalid' && !interrupted

/** What two runs must have in common to be compared, by what it is called; each differs in words. */
const kinds = {
  scenario: ({ scenario }: Run) => scenario,
  scale: ({ scale }: Run) => String(scale),
  arrivals: ({ open }: Run) => (open ? 'at a fixed rate' : 'of users who wait'),
  users: ({ users }: Run) => String(users),
  'requests a second at most': ({ requestsPerSecond }: Run) => requestsPerSecond?.toString(),
  journey: ({ journeyHash }: Run) => journeyHash,
  k6: ({ k6 }: Run) => k6,
} as const

/** What runs of one kind have in common, in words. */
export const kindOf = (run: Run): string =>
  Object.entries(kinds)
    .flatMap(([name, value]) => {
      const found = value(run)
      return found === undefined ? [] : [`${name} ${found}`]
    })
    .join(', ')

/** A machine in words, the same for the same one: a new kernel leaves a little more or less of its memory. */
export const machineOf = ({ machine: { model, processors, memoryMb, id } }: Pick<Run, 'machine'>): string =>
  `${processors} × ${model}, ${Math.round(memoryMb / 1024)} GB, id ${id}`
