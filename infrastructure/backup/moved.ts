import { basename, dirname, join, relative } from 'node:path'
import type { Backups } from './backups.ts'

type Where = Pick<Backups, 'state'> & { readonly paths: Pick<Backups['paths'], 'catalog'> }

/**
 * Where the state directory lay when these paths were backed up: the catalog, which lies below it, is always among them. The
 * folder that it lies in is called after the place of the repository, which may have been another one then.
 */
function stateThen({ state, paths }: Where, backedUp: readonly string[]): string {
  const noted = `/${relative(state, dirname(dirname(paths.catalog)))}`
  const then = backedUp
    .filter((path) => basename(path) === basename(paths.catalog))
    .map((path) => dirname(dirname(path)))
    .find((path) => path.endsWith(noted))
  return then?.slice(0, -noted.length) ?? state
}

const below = (folder: string, path: string): string | undefined =>
  path.startsWith(`${folder}/`) ? relative(folder, path) : undefined

/** Where a path of a backup lies now: an instance may have been moved since. What is not below its state stays where it is. */
export function placeNow(where: Where, backedUp: readonly string[], path: string): string {
  const name = below(stateThen(where, backedUp), path)
  return name === undefined ? path : join(where.state, name)
}

/** What a path of now was called in a backup of these paths. */
export function placeThen(where: Where, backedUp: readonly string[], path: string): string {
  const name = below(where.state, path)
  return name === undefined ? path : join(stateThen(where, backedUp), name)
}
