import { createHash } from 'node:crypto'
import { realpathSync, type Stats } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { exit, messageOf, OperatorError } from '../core/errors.ts'
import type { World } from '../core/world.ts'
import { importModule } from './import-module.ts'
import { type Configuration, schema } from './schema.ts'

const fileName = 'production.config.ts'
const loadedWithinMs = 10_000
const withoutMore = "export default { site: { static: 'public' } } satisfies ProductionConfig"

export type Loaded = {
  /** Every default in its place, every unit parsed, `state` and `directory` absolute. */
  readonly configuration: Configuration & { readonly directory: string }
  /** The file's absolute path. */
  readonly file: string
  /** What the file says, as it says it. */
  readonly given: unknown
}

/** Who asks, and from where. */
type Caller = Pick<World, 'cwd' | 'uid' | 'env'>

/**
 * Loads the operator's configuration: `chosen` (relative to the caller's folder), else production.config.ts in the
 * caller's folder, else the project's own. Throws OperatorError (exit 2) with every mistake in it.
 */
export async function loadConfiguration(
  world: Caller,
  project: string,
  chosen?: string,
  /** The target that the command line names, in place of the file's. */
  target?: string,
): Promise<Loaded> {
  const file = await findFile(world, project, chosen)
  const shown = shownPath(file, world.cwd)
  const written = await evaluate(file, shown, world.cwd)
  const given = target !== undefined && isObject(written) ? { ...written, target } : written
  const parsed = schema.safeParse(given)
  if (!parsed.success) {
    // Loaded where there are mistakes: most runs have none, and a rollback has no time.
    const { mistakesIn } = await import('./messages.ts')
    throw new OperatorError(shown, mistakesIn(schema, given, parsed.error.issues), [], exit.usage)
  }
  return { configuration: withPlaces(parsed.data, dirname(file)), file, given }
}

async function findFile({ cwd, ...who }: Caller, project: string, chosen: string | undefined): Promise<string> {
  const candidates = chosen === undefined ? [join(cwd, fileName), join(project, fileName)] : [resolve(cwd, chosen)]
  for (const candidate of candidates) {
    const found = await stat(candidate).catch(() => undefined)
    if (found?.isFile()) {
      if (chosen === undefined && dirname(candidate) !== project) await refuseForeign(candidate, found, who, project)
      return candidate
    }
    if (found && chosen !== undefined) {
      throw new OperatorError(candidate, 'is no file', `edge … --config ${join(candidate, fileName)}?`, exit.usage)
    }
  }
  const [first] = candidates
  throw new OperatorError(
    first ?? fileName,
    'there is no such file',
    chosen === undefined ? `begin with: ${withoutMore}` : 'is the path after --config right?',
    exit.usage,
  )
}

/**
 * A configuration is a program: as root, one that somebody else has put into the folder where root happens to stand would
 * run with root's rights.
 */
async function refuseForeign(
  file: string,
  { uid: owner, mode }: Stats,
  { uid, env }: Omit<Caller, 'cwd'>,
  project: string,
): Promise<void> {
  if (uid !== 0) return
  const trusted = [0, Number(env['SUDO_UID'] ?? 0), (await stat(project)).uid]
  const isOpen = (mode & 0o002) !== 0
  if (trusted.includes(owner) && !isOpen) return
  const why = isOpen ? 'everybody may write it' : `it belongs to the user ${owner}`
  throw new OperatorError(file, `${why}, and would run as root`, `if you mean it: edge … --config ${file}`, exit.usage)
}

function shownPath(file: string, cwd: string): string {
  const near = relative(cwd, file)
  return near.startsWith('..') ? file : near
}

async function evaluate(file: string, shown: string, cwd: string): Promise<unknown> {
  // The content's hash in the address: a file that changed is read again by the same process, another one is not.
  const address = pathToFileURL(file)
  address.searchParams.set(
    'content',
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex')
      .slice(0, 16),
  )
  // A file that ends the program would end it with its own code, without a word, and pass for a success.
  const endedByFile = (): void => {
    process.stderr.write(
      `✗ ${shown}: ends the program (process.exit)\n  hint: a configuration only exports its values\n`,
    )
    process.exitCode = exit.usage
  }
  process.once('exit', endedByFile)
  const loading: Promise<unknown> = importModule(address).catch((error: unknown) => {
    throw new OperatorError(placeOf(error, file, shown, cwd), messageOf(error), hintFor(error), exit.usage)
  })
  const module = await within(loading, shown).finally(() => process.off('exit', endedByFile))
  if (typeof module === 'object' && module !== null && 'default' in module) return module.default
  throw new OperatorError(shown, 'exports no configuration', `begin with: ${withoutMore}`, exit.usage)
}

/** A file that waits for something that never comes would end the program without a word. */
async function within(loading: Promise<unknown>, shown: string): Promise<unknown> {
  const timer = Promise.withResolvers<never>()
  const timeout = setTimeout(() => {
    const hint = 'what does it await? a configuration needs nothing from outside'
    timer.reject(new OperatorError(shown, `has not ended after ${loadedWithinMs / 1000} s`, hint, exit.usage))
  }, loadedWithinMs)
  return Promise.race([loading, timer.promise]).finally(() => clearTimeout(timeout))
}

/** Where the error's stack knows it, the file and the line: of the configuration, or of what it imports. */
function placeOf(error: unknown, file: string, shown: string, cwd: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const places = stack.matchAll(/(file:\/\/[^\s()?]+?|\/[^\s():?]*)(?:\?[^\s:]*)?:(\d+)(?::\d+)?(?=\)?$)/gm)
  for (const [, place = '', line] of places) {
    const path = place.startsWith('file:') ? fileURLToPath(place) : place
    // What a package does is the matter of who calls it.
    if (path.includes('/node_modules/') || path.startsWith(import.meta.dirname)) continue
    return `${path === realpathSync(file) ? shown : shownPath(path, cwd)}:${line}`
  }
  return shown
}

function hintFor(error: unknown): string {
  const message = messageOf(error)
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
    return 'Node only removes types: use a plain object in place of an enum, a module in place of a namespace'
  if (/does not provide an export named/.test(message)) return 'is it exported there, by this name?'
  if (/^(?:require|module|exports|__dirname|__filename) is not defined/.test(message))
    return 'a configuration is an ES module: import and export, and import.meta.dirname'
  if (error instanceof SyntaxError) return 'is a comma, a quote or a bracket missing here, or on the line before?'
  return 'the file is run as a program; does it run with node alone?'
}

/** Paths are relative to the configuration's folder, so that it does not matter where edge is called from. */
function withPlaces(configuration: Configuration, folder: string): Loaded['configuration'] {
  const { state, directory } = configuration
  return {
    ...configuration,
    directory: directory === undefined ? folder : resolve(folder, directory),
    ...(state === undefined ? {} : { state: resolve(folder, state) }),
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
