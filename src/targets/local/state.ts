import { chown, mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { exit, OperatorError } from '../../core/errors.ts'
import type { UnixUser } from '../../core/instance.ts'
import { makePrivateDirectory, readJson, readText, writeAtomically } from './files.ts'

/** Raised when a directory written by this version could not be used by an older one. */
const layoutVersion = 1

const markerOf = (state: string): string => join(state, 'instance.json')

/**
 * Sees that the directory is new, empty, or this instance's own, and written by no later version. Changes nothing.
 * Throws OperatorError with what to do.
 */
export async function examineState(state: string, name: string): Promise<'new' | 'ours'> {
  const info = await stat(state).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTDIR') return undefined
    const hint = 'choose a directory in `state` that can be made'
    throw new OperatorError('state', `${state} lies below a file`, hint, exit.usage)
  })
  if (!info) return 'new'
  if (!info.isDirectory())
    throw new OperatorError('state', `${state} is a file`, 'choose another directory in `state`', exit.usage)
  const text = await readText(markerOf(state)).catch((error: NodeJS.ErrnoException) => {
    throw new OperatorError(
      'state',
      `${state} cannot be read (${error.code})`,
      'it belongs to another user: run this as that user, or with sudo',
      exit.usage,
    )
  })
  if (text === undefined) {
    const entries = await readdir(state)
    if (entries.length === 0) return 'new'
    if (['data', 'secrets', 's6'].every((entry) => entries.includes(entry))) {
      const marker = JSON.stringify({ layout: layoutVersion, name })
      throw new OperatorError(
        'state',
        `${state} is an instance of edge whose instance.json is gone`,
        `if it is "${name}": echo '${marker}' > ${markerOf(state)}, as the user that the folder belongs to`,
        exit.usage,
      )
    }
    throw new OperatorError(
      'state',
      `${state} is neither empty nor an instance of edge`,
      ['choose another directory in `state`, or empty this one yourself'],
      exit.usage,
    )
  }
  const marker = parseMarker(text, state)
  if (marker.layout > layoutVersion) {
    throw new OperatorError(
      'state',
      `${state} was written by a later version (layout ${marker.layout}; this one knows ${layoutVersion})`,
      'update this clone: git pull',
      exit.usage,
    )
  }
  if (marker.name !== name) {
    throw new OperatorError(
      'state',
      `${state} belongs to the instance "${marker.name}", not to "${name}"`,
      ['give this instance a `state` directory of its own, or its old `name` back'],
      exit.usage,
    )
  }
  return 'ours'
}

function parseMarker(text: string, state: string): { layout: number; name: string } {
  const hint = `${markerOf(state)} is damaged: put it back from a backup, or choose another \`state\``
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && 'layout' in value && 'name' in value) {
      if (typeof value.layout === 'number' && typeof value.name === 'string') {
        return { layout: value.layout, name: value.name }
      }
    }
  } catch {
    // Falls through: not JSON is as damaged as other JSON.
  }
  throw new OperatorError('state', 'cannot tell which instance this directory belongs to', hint, exit.usage)
}

/** The configuration that an instance was brought up by; undefined where an earlier version wrote none down. */
export async function configurationBefore(state: string): Promise<string | undefined> {
  // Whoever may not read it is told so by whatever comes next.
  const found = await readJson(markerOf(state), z.object({ configuration: z.string() })).catch(() => undefined)
  return found?.configuration
}

/** Makes the directory and its marker; the marker comes first, so that a killed run finds its directory its own. */
export async function prepareState(state: string, name: string, configuration?: string): Promise<void> {
  await makePrivateDirectory(state)
  const marker = `${JSON.stringify({ layout: layoutVersion, name, configuration })}\n`
  if ((await readText(markerOf(state))) !== marker) await writeAtomically(markerOf(state), marker)
  for (const directory of ['engines', 'data', 'logs', 'run', 'run/applied', 'tls', 'secrets', 'agent', 'uploads']) {
    await makePrivateDirectory(join(state, directory))
  }
}

/** As root: makes the state directory and hands it to the engines' user; its parents stay root's. */
export async function giveStateDirectory(state: string, user: UnixUser): Promise<void> {
  // Others must be able to pass through, or the engines' user cannot reach what is its own.
  await mkdir(dirname(state), { recursive: true, mode: 0o755 })
  await mkdir(state, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const info = await stat(state)
  if (info.uid !== user.uid) await chown(state, user.uid, user.gid)
}
