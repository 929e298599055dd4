import type { StagedApi } from '../app/releases/stage.ts'
import { isClean, type Replacement } from '../app/replacements.ts'
import { plainName } from '../cdn/releases/compress.ts'
import type { Published } from '../cdn/releases/publish.ts'
import { isReachable } from '../cdn/routing.ts'
import { exit, type ExitCode } from '../../src/core/errors.ts'
import type { Written } from '../../src/core/staged.ts'
import { type Bytes, show } from '../../src/core/units.ts'
import type { World } from '../../src/core/world.ts'
import { contractOption } from './published-api.ts'
import { harmOf } from './replacing.ts'

export type Made = {
  readonly published: Published
  readonly api: StagedApi | undefined
  /** What the replacement of the API's processes did to requests, where there was one. */
  readonly replaced: Replacement | undefined
  /** What was taken away of the schema that the release before may ask for. */
  readonly taken: readonly string[]
  readonly pruned: readonly string[]
  /** Where a rollback leads from here; a damaged release that the same content took the place of is gone by now. */
  readonly before: string | undefined
}

/** Says what is live now, what is left to do, and how to go back. */
export function tell(
  { published, api, replaced, taken, pruned, before }: Made,
  https: string,
  world: World,
  json: boolean,
): ExitCode {
  const { files, ...manifest } = published.release
  const loads = published.is === 'live' ? published.flip.loads : undefined
  const missed = loads?.failed ?? 0
  const failed = missed > 0 || (replaced !== undefined && !isClean(replaced))
  if (json) {
    const staged = api ? { api: { id: api.release.id, written: api.written } } : {}
    const said = {
      ...published,
      release: manifest,
      ...staged,
      ...(replaced ? { replaced } : {}),
      ...(taken.length > 0 ? { taken } : {}),
      pruned,
    }
    world.stdout.write(`${JSON.stringify(said, undefined, 2)}\n`)
    return failed ? exit.failed : exit.ok
  }
  const withApi = manifest.api === undefined ? '' : `, with API ${manifest.api}`
  world.stdout.write(`\n  ${manifest.id} is live at ${https}${withApi}\n`)
  for (const line of harmOf(replaced)) world.stdout.write(`  ${line}\n`)
  const [mended, ...more] = published.is === 'unchanged' ? (published.mended ?? []) : []
  if (mended !== undefined) {
    const others = more.length === 0 ? '' : ` and ${more.length} more`
    world.stdout.write(`  written anew, as it was damaged: ${mended}${others}\n`)
  }
  if (missed > 0)
    world.stdout.write(
      `  ${missed} of ${loads?.pages} pages missed a file while it was switched: edge verify cdn says if they do still\n`,
    )
  if (published.is === 'unchanged' && published.nginxRuns === false)
    world.stdout.write('  not served yet: nginx is down; edge up starts it\n')
  const unreachable = Object.keys(files).filter((name) => plainName(name) === name && !isReachable(name))
  if (unreachable.length > 0) {
    const others = unreachable.length === 1 ? '' : ` and ${unreachable.length - 1} more`
    world.stdout.write(`  nobody can ask for ${unreachable[0]}${others}: paths below /api are the API's\n`)
  }
  if (before !== undefined) {
    const over = `edge rollback refuses ${before}, whose API may use what was taken away; if it does not:`
    world.stdout.write(
      taken.length > 0
        ? `  ${over}\n  edge rollback ${before} ${contractOption(taken)}\n`
        : `  edge rollback brings ${before} back\n`,
    )
  }
  return failed ? exit.failed : exit.ok
}

/** The same of the web alone, while more is done. */
export function publishedLine(published: Published): string {
  if (published.is === 'unchanged') return 'nothing changed: this is live already'
  const { written, flip } = published
  const seen =
    flip.visibleMs === undefined
      ? 'nginx does not run: seen when it does'
      : `seen after ${flip.visibleMs} ms, ${flip.loads?.failed ?? 0} of ${flip.loads?.pages ?? 0} pages failed`
  return `${newOnes(written)}; ${seen}`
}

/** What a publication brought, in words. */
export const newOnes = ({ files, bytes }: Written): string => `${files} new, ${show(asBytes(bytes))}`

const asBytes = (count: number): Bytes => ({ kind: 'bytes', bytes: count })
export const sizeOf = (files: readonly { readonly size: number }[]): string =>
  show(asBytes(files.reduce((sum, { size }) => sum + size, 0)))
