import { readdir, realpath } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import { type Incoming, unpack } from '../cdn/releases/unpack.ts'
import { exit, OperatorError } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { textOption, words } from '../../src/core/options.ts'

/** What `edge publish` was given: folders, or names of folders in a tar on standard input. */
export type PublishInput = {
  readonly isTar: boolean
  /** The folder of the web; in a tar the whole of it where none is named. */
  readonly web: string | undefined
  readonly api: string | undefined
}

/** Reads the command line. Throws OperatorError (exit 2) for what does not go together. */
export function publishInput(
  world: Pick<World, 'stdinIsTTY'>,
  positional: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
): PublishInput {
  const [given = ''] = words(positional)
  const isTar = given === '-'
  const [web, api] = [textOption(options, 'web'), textOption(options, 'api')]
  const refused = (where: string, what: string, hint: string): OperatorError =>
    new OperatorError(where, what, hint, exit.usage)
  if (isTar && world.stdinIsTTY) {
    throw refused('publish', 'standard input is a terminal', 'tar -C dist -c . | edge publish -')
  }
  if (!isTar && web !== undefined) {
    throw refused('--web', 'names a folder of a tar on standard input', `edge publish ${web}`)
  }
  if (isTar && api !== undefined && web === undefined) {
    throw refused('--web', 'must name the folder of the web in the tar, where it holds an API as well', tarOfBoth)
  }
  for (const [where, name] of [['--web', web] as const, ['--api', api] as const]) {
    if (isTar && name !== undefined && (isAbsolute(name) || name.split('/').includes('..'))) {
      throw refused(where, `must be a folder of the tar (got ${name})`, tarOfBoth)
    }
  }
  return { isTar, web: isTar ? web : given, api }
}

const tarOfBoth = 'tar -c dist api | edge publish - --web dist --api api'

/** The folders on this machine; a tar is unpacked into `incoming`. Throws OperatorError for what is no whole tar. */
export async function foldersOf(
  { isTar, web, api }: PublishInput,
  incoming: string,
  world: Pick<World, 'cwd'> & Incoming,
): Promise<{ readonly web: string; readonly api?: string }> {
  const from = (name: string): string => (isTar ? join(incoming, name) : resolve(world.cwd, name))
  if (isTar) {
    await (web === undefined ? unpackWeb : unpack)(incoming, world)
    for (const [where, name] of [['--web', web] as const, ['--api', api] as const])
      if (name !== undefined) await refuseOutside(where, name, incoming)
  }
  return { web: from(web ?? '.'), ...(api === undefined ? {} : { api: from(api) }) }
}

/** A folder of the tar may be a link there, or lie behind one: out of the tar it leads to what nobody has sent. */
async function refuseOutside(where: string, name: string, incoming: string): Promise<void> {
  // What is not there is said by whoever reads it.
  const end = await realpath(join(incoming, name)).catch(() => undefined)
  if (end === undefined || `${end}/`.startsWith(`${await realpath(incoming)}/`)) return
  const what = `must be a folder of the tar (${name} is a link out of it, to ${end})`
  throw new OperatorError(where, what, tarOfBoth, exit.usage)
}

/** Unpacks a tar that is the web alone. Throws OperatorError (exit 2) where it is one of the folder, not of what is in it. */
async function unpackWeb(incoming: string, world: Incoming): Promise<string> {
  await unpack(incoming, world)
  await refuseFolderAround(incoming)
  return incoming
}

/** A page that lies in a folder, alone in another one or not, was meant to lie at the top. */
export async function refuseFolderAround(incoming: string): Promise<void> {
  let around = ''
  for (;;) {
    const entries = await readdir(join(incoming, around), { withFileTypes: true })
    if (entries.some(({ name }) => name === 'index.html')) break
    const [only, ...others] = entries
    if (!only?.isDirectory() || others.length > 0) return
    around = join(around, only.name)
  }
  if (around === '') return
  const what = `the archive holds the folder ${around}, and the site is what is in it`
  throw new OperatorError('publish', what, `tar -C ${around} -c . | edge publish -`, exit.usage)
}
