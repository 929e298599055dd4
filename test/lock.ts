/** What is used here of npm's lock file, version 3. */
export type Lock = { readonly packages: Readonly<Record<string, LockedPackage>> }
type LockedPackage = {
  readonly version?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']

/** The lock with an entry for each optional package of another platform, and the names of those that were missing. */
export function completeLock<L extends Lock>(lock: L): { readonly completed: L; readonly added: readonly string[] } {
  const packages: Record<string, LockedPackage> = { ...lock.packages }
  const added: string[] = []
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const place = `node_modules/${name}`
      const platform = platformOf(name)
      if (packages[place] || packages[`${path}/${place}`] || !platform || !/^\d/.test(version)) continue
      packages[place] = { version, ...platform, ...(entry.dev === true ? { dev: true } : {}), optional: true }
      added.push(name)
    }
  }
  const sorted = Object.entries(packages).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return { completed: { ...lock, packages: Object.fromEntries(sorted) }, added }
}

/** The platform that a package names at its end: `…-linux-arm64-musl`; undefined for one that names none. */
function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> | undefined {
  const words = name.split(/[-/]/)
  const os = words.find((word) => systems.includes(word))
  const cpu = os === undefined ? undefined : words[words.indexOf(os) + 1]
  if (os === undefined || cpu === undefined) return undefined
  const libc = name.endsWith('-musl') ? ['musl'] : os === 'linux' && name.endsWith('-gnu') ? ['glibc'] : undefined
  return { os: [os], cpu: [cpu], ...(libc ? { libc } : {}) }
}
