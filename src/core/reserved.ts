import type { Instance } from './instance.ts'

/**
 * What each instance keeps for a room. A port is its place in the block that begins at `ports.first`, or a list of
 * places, which need not be neighbours. A place that was released never moves, and its name never goes to another: the
 * next port of any room comes after the last of all, so that an instance of an earlier version keeps its ports.
 */
export type Reserved = {
  readonly ports: Readonly<Record<string, number | readonly number[]>>
  /** Generated once per instance, kept in `state/secrets`, one file each, mode 0600. */
  readonly secrets: readonly string[]
  /** Those of them that `edge secrets rotate` leaves as they are, and why. */
  readonly keeps?: Readonly<Record<string, string>>
}

/** What all rooms together have reserved. */
export const reservedBy = (rooms: readonly Reserved[]): Required<Reserved> => ({
  ports: Object.assign({}, ...rooms.map(({ ports }) => ports)),
  secrets: rooms.flatMap(({ secrets }) => secrets),
  keeps: Object.assign({}, ...rooms.map(({ keeps }) => keeps)),
})

/** How many neighbouring ports that takes. */
export const sizeOf = ({ ports }: Reserved): number => Math.max(...Object.values(ports).flat()) + 1

/** One port, or as many as there are places. */
type PortsAt<Places> = Places extends number ? number : { readonly [Index in keyof Places]: number }
type PortsOf<Places> = { readonly [Name in keyof Places]: PortsAt<Places[Name]> }

/** The ports that this instance has for a room. */
export function portsOf<Places extends Reserved['ports']>(
  { ports: { first } }: Pick<Instance, 'ports'>,
  { ports }: { readonly ports: Places },
): PortsOf<Places> {
  const entries = Object.entries(ports).map(([name, places]) => [
    name,
    typeof places === 'number' ? first + places : places.map((place) => first + place),
  ])
  // Object.fromEntries forgets the names; they are those of `ports`, one to one, by the line above.
  return Object.fromEntries(entries) as PortsOf<Places>
}

/** The secrets that this instance has for a room. */
export const secretsOf = <Name extends string>(
  { secrets }: Pick<Instance, 'secrets'>,
  _room: { readonly secrets: readonly Name[] },
): Readonly<Record<Name, string>> =>
  // An instance has those of every room that is in the list, and a test finds a room that is not.
  secrets as Record<Name, string>
