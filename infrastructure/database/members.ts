/** Every name that a member can have, in the order of their ports; which of them there are says the cluster. */
export const memberNames = ['pg1', 'pg2'] as const
export type Member = (typeof memberNames)[number]

type EachOf<Names> = { readonly [Index in keyof Names]: number }

/** What follows from the port that each member has; of a list with one for each name. */
export function perMember<Value>(
  ports: EachOf<typeof memberNames>,
  of: (port: number) => Value,
): Readonly<Record<Member, Value>> {
  const values = ports.map(of)
  // Object.fromEntries forgets the names; each has its value, by the type of the list.
  return Object.fromEntries(memberNames.map((name, index) => [name, values[index]])) as Record<Member, Value>
}
