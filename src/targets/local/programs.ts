import { randomUUID } from 'node:crypto'
import { access, constants, mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import type { PackageNeed } from '../../core/plan.ts'
import type { World } from '../../core/world.ts'

/** What there is of a program that is needed. */
export type Found = {
  readonly need: PackageNeed
  /** Absolute path; undefined where it is missing. */
  readonly path: string | undefined
  /** Undefined where it is missing or does not say. */
  readonly version: string | undefined
}

// Servers lie in sbin, which an ordinary user's PATH leaves out, and cron's too.
const systemFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** The absolute path of a program on PATH or in the system's folders; undefined where there is none. */
export async function findProgram(program: string, path: string | undefined): Promise<string | undefined> {
  const folders = isAbsolute(program) ? [''] : [...(path ?? '').split(':').filter(isAbsolute), ...systemFolders]
  for (const folder of folders) {
    const candidate = join(folder, program)
    if (await isProgram(candidate)) return candidate
  }
  return undefined
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

/** Compares `1.22.1` with `1.9`: negative, zero or positive. What follows the numbers is left out of account. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => (/^\d+(?:\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number))
  const length = Math.max(a?.length ?? 0, b?.length ?? 0)
  for (let index = 0; index < length; index++) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/**
 * Looks for all programs at once and asks each its version. What a program said is remembered in the file `memory`
 * with the program's inode, size and time: Patroni alone takes a second to say its version.
 */
export async function survey(needs: readonly PackageNeed[], world: World, memory: string): Promise<readonly Found[]> {
  const remembered = await recall(memory)
  const asked = new Map<string, Promise<string | undefined>>()
  const found = await Promise.all(
    needs.map(async (need): Promise<Found> => {
      const path = await findProgram(need.binary, world.env['PATH'])
      if (path === undefined || !need.version) return { need, path, version: undefined }
      const key = await fingerprint(path, need)
      const version = remembered[key] ?? (await oncePer(asked, key, () => askVersion(path, need, world)))
      return { need, path, version }
    }),
  )
  const learnt: [string, string][] = []
  for (const [key, answer] of asked) {
    const version = await answer
    if (version !== undefined) learnt.push([key, version])
  }
  if (learnt.length > 0) await remember(memory, { ...remembered, ...Object.fromEntries(learnt) })
  return found
}

/** Several engines are one program: three members of the database would each wait for it. */
function oncePer<Answer>(asked: Map<string, Answer>, key: string, ask: () => Answer): Answer {
  const answer = asked.get(key) ?? ask()
  asked.set(key, answer)
  return answer
}

async function fingerprint(path: string, need: PackageNeed): Promise<string> {
  const { ino, size, mtimeMs } = await stat(path)
  return [await realpath(path), ino, size, Math.round(mtimeMs), ...(need.version?.args ?? [])].join(' ')
}

async function askVersion(path: string, { version }: PackageNeed, world: World): Promise<string | undefined> {
  if (!version) return undefined
  const { stdout, stderr } = await world.run([path, ...version.args], { timeoutMs: 20_000 })
  return version.pattern.exec(`${stdout}\n${stderr}`)?.[1]
}

async function recall(memory: string): Promise<Readonly<Record<string, string>>> {
  try {
    const known: unknown = JSON.parse(await readFile(memory, 'utf8'))
    if (typeof known !== 'object' || known === null) return {}
    return Object.fromEntries(Object.entries(known).filter((entry) => typeof entry[1] === 'string'))
  } catch {
    // No memory yet, or a damaged one: the programs are asked again.
    return {}
  }
}

async function remember(memory: string, known: Readonly<Record<string, string>>): Promise<void> {
  try {
    await mkdir(dirname(memory), { recursive: true })
    const fresh = `${memory}.${randomUUID()}`
    await writeFile(fresh, JSON.stringify(known, undefined, 1), { mode: 0o644 })
    await rename(fresh, memory)
  } catch {
    // The clone belongs to somebody else: then the programs are asked each time, which is only slower.
  }
}
