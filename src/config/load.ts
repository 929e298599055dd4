import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { exit, messageOf, OperatorError } from '../core/errors.ts'
import type { World } from '../core/world.ts'
import { mistakeLines, mistakesOf } from './messages.ts'
import { type Configuration, schema } from './schema.ts'
import { docOf, keysAt, schemaAt } from './walk.ts'

const fileName = 'production.config.ts'

/** What the operator's file says, and the same with defaults and units; paths are absolute. */
export type LoadedConfiguration = {
  readonly configuration: Configuration & { readonly directory: string }
  readonly given: unknown
  readonly file: string
}

/**
 * Finds the configuration (the file that is named, else the one in this folder, else that of the clone), evaluates it
 * and checks it. Throws OperatorError (exit 2) with every mistake in it; nothing is changed by then.
 */
export async function loadConfiguration(world: World, project: string, named?: string): Promise<LoadedConfiguration> {
  const file = await findFile(world, project, named)
  const given = await evaluate(file)
  const configuration = check(given, file)
  const directory = resolve(dirname(file), configuration.directory ?? '.')
  const state = configuration.state === undefined ? {} : { state: resolve(dirname(file), configuration.state) }
  return { configuration: { ...configuration, ...state, directory }, given, file }
}

async function findFile(world: World, project: string, named: string | undefined): Promise<string> {
  const candidates =
    named === undefined ? [join(world.cwd, fileName), join(project, fileName)] : [resolve(world.cwd, named)]
  for (const candidate of candidates) {
    if ((await stat(candidate).catch(() => undefined))?.isFile() === true) return candidate
  }
  const hint = named === undefined ? `edge looks for ${fileName} in this folder and in its clone` : 'is the path right?'
  throw new OperatorError('--config', `there is no file ${candidates[0]}`, hint, exit.usage)
}

async function evaluate(file: string): Promise<unknown> {
  const module: unknown = await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw new OperatorError(file, `cannot be read: ${messageOf(error)}`, placeOf(error, file), exit.usage)
  })
  if (typeof module === 'object' && module !== null && 'default' in module) return module.default
  throw new OperatorError(file, 'has no default export', 'export default { … } satisfies ProductionConfig', exit.usage)
}

/** The line that an error is about, where its stack names the file. */
function placeOf(error: unknown, file: string): readonly string[] {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const line = stack.split('\n').find((entry) => entry.includes(file))
  return line === undefined ? [] : [`see ${line.trim().replace(/^at /, '')}`]
}

/** Checks what a file exports. Throws OperatorError with all mistakes together. */
export function check(given: unknown, file: string): Configuration {
  const result = schema.safeParse(given)
  if (result.success) return result.data
  const mistakes = mistakesOf(result.error.issues, given, {
    keysAt: (path) => keysAt(schema, path),
    docAt: (path) => docOf(schemaAt(schema, path)),
  })
  const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`
  const lines = mistakeLines(mistakes).join('\n')
  throw new OperatorError(file, `${count}, nothing was changed\n${lines}`, [], exit.usage)
}
