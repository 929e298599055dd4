/** Every name that a member can have, in the order of their ports; which of them there are says the cluster. */
export const memberNames = ['pg1', 'pg2', 'pg3', 'pg4', 'pg5'] as const
export type Member = (typeof memberNames)[number]

/** Any of them may be the primary, and any other takes over from it: two there are always. */
const primaryAndStandby = 2
/** So many names have ports beyond those two. */
export const replicasAtMost = 3

/** Who there is, with so many replicas beside the standby. */
export const membersWith = (replicas: number): readonly Member[] => memberNames.slice(0, primaryAndStandby + replicas)

type EachOf<Names> = { readonly [Index in keyof Names]: number }

/** What follows from the port that each name has, whether there is such a member or not. */
export function perMember<Value>(
  ports: EachOf<typeof memberNames>,
  of: (port: number) => Value,
): Readonly<Record<Member, Value>> {
  const values = ports.map(of)
  // Object.fromEntries forgets the names; each has its value, by the type of the list.
  return Object.fromEntries(memberNames.map((name, index) => [name, values[index]])) as Record<Member, Value>
}
