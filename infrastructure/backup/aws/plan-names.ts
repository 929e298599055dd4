/** Two restore tests of an instance: the database is brought to the newest moment, all else back to its newest backup. */
export function planNames(instance: string) {
  // No other character is allowed there.
  const words = instance.replaceAll('-', '_')
  return { moment: `${words}_moment`, backups: `${words}_weekly` } as const
}
