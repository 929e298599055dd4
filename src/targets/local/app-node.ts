import { access, constants, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Instance } from '../../core/instance.ts'
import { succeeded } from '../../core/succeeded.ts'
import type { World } from '../../core/world.ts'
import { readText, writeAtomically } from './files.ts'

/**
 * Which Node the word `node` is in the operator's commands. Packages that were built for the operator's own do not load
 * in another: that one is taken. It is written down, as other calls (of the agent, through sudo) have another PATH.
 */
const recordOf = (state: string): string => join(state, 'node')

/** The Node that an instance was brought up with; undefined where that was edge's own, or is there no more. */
export async function recordedNode(state: string): Promise<string | undefined> {
  const path = (await readText(recordOf(state)).catch(() => undefined))?.trim()
  return path !== undefined && (await isProgram(path)) ? path : undefined
}

export async function recordNode(state: string, path: string): Promise<void> {
  if ((await readText(recordOf(state)))?.trim() !== path) await writeAtomically(recordOf(state), `${path}\n`)
}

/**
 * The first on the PATH of whoever calls that the engines' user can run, and against which the app's package.json has
 * nothing (`engines.node`). Those of edge's own clone are not the operator's. Undefined where there is none.
 */
export async function findNode(
  { directory, project, user }: Pick<Instance, 'directory' | 'project' | 'user'>,
  world: World,
): Promise<string | undefined> {
  const range = await rangeIn(join(directory, 'package.json'))
  const asUser =
    world.uid === user.uid ? [] : ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--']
  for (const folder of (world.env['PATH'] ?? '').split(':').filter((name) => name.startsWith('/'))) {
    const path = join(folder, 'node')
    if (!(await isProgram(path)) || (await realpath(path)).startsWith(`${project}/`)) continue
    const [program = path, ...args] = [...asUser, path, '--version']
    const ran = await world.run([program, ...args], { timeoutMs: 10_000 }).catch(() => undefined)
    const version = /^v(\d+\.\d+\.\d+)/.exec(ran?.stdout ?? '')?.[1]
    if (ran?.code === 0 && version !== undefined && suits(version, range)) return path
  }
  return undefined
}

const isProgram = (path: string): Promise<boolean> => succeeded(access(path, constants.X_OK))

async function rangeIn(file: string): Promise<string> {
  try {
    const content: unknown = JSON.parse((await readText(file)) ?? '{}')
    const engines: unknown = Reflect.get(Object(content), 'engines')
    const range: unknown = Reflect.get(Object(engines), 'node')
    return typeof range === 'string' ? range : '*'
  } catch {
    // What is wrong with it, the program that reads it says.
    return '*'
  }
}

/** Whether a version is in a range as packages write them: `>=20`, `^22.1 || 24.x`, `>=20 <23`, `20 - 22`. */
export function suits(version: string, range: string): boolean {
  const written = range.replaceAll(/(\S+)\s+-\s+(\S+)/g, '>=$1 <=$2').replaceAll(/([<>=~^])\s+/g, '$1')
  return written.split('||').some((all) =>
    all
      .trim()
      .split(/\s+/)
      .every((one) => meets(version, one)),
  )
}

function meets(version: string, comparator: string): boolean {
  const [, sign = '', wanted] = /^([<>]=?|=|\^|~>?)?v?(\d+(?:\.\d+)*)/.exec(comparator) ?? []
  // `*`, and what is written in another way than the usual ones.
  if (wanted === undefined) return true
  const [have, want] = [version, wanted].map((text) => text.split('.').map(Number))
  if (!have || !want) return true
  const different = want.findIndex((number, index) => number !== have[index])
  const order = different === -1 ? 0 : (have[different] ?? 0) - (want[different] ?? 0)
  if (sign === '>') return order > 0
  if (sign === '<') return order < 0
  if (sign === '<=') return order <= 0
  if (sign === '>=') return order >= 0
  // Of these the first numbers stay as they are; what stands behind may be higher.
  const fixed = sign === '^' ? 1 : sign.startsWith('~') ? Math.min(2, want.length) : want.length
  return order >= 0 && (different === -1 || different >= fixed)
}
