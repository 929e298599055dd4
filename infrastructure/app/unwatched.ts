import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import type { SiteSettings } from './settings.ts'

/**
 * What `edge up` cannot see a change of, with the field to write: commands without `sources` beside them. No refusal: an
 * instance comes up again as it came up before. `isPublished`: a published API runs, of which nothing is watched anyway.
 */
export function unwatched(site: SiteSettings, directory: string, isPublished: boolean): readonly string[] {
  const { api, migrations } = site
  const advice = (field: string, command: readonly string[], then: string): string =>
    `site.${field}.sources is empty: ${then}; name what it is made of: sources: ${example(command, directory)}`
  const isBlind = <One extends { readonly sources: readonly string[] }>(one: One | undefined): one is One =>
    one?.sources.length === 0
  const built = typeof site.static === 'string' ? undefined : site.static
  const program = api && 'command' in api ? api : undefined
  return [
    ...(isBlind(built) ? [advice('static', built.command, 'when the site changed, it is not built again')] : []),
    ...(isBlind(migrations) && !isPublished
      ? [advice('migrations', migrations.command, 'a migration that is new is never run')]
      : []),
    ...(isBlind(program) && !isPublished
      ? [advice('api', program.command, 'when the program changed, its old processes run on')]
      : []),
  ]
}

/** As it is typed: what of the app's folder the command itself names, else what many an app has. */
function example(command: readonly string[], directory: string): string {
  const named = command.filter((word) => {
    const path = relative(directory, resolve(directory, word))
    return path !== '' && !path.startsWith('..') && existsSync(resolve(directory, word))
  })
  const words = (named.length === 0 ? ['src'] : named).map((word) => `'${word}'`)
  return `[${words.join(', ')}, …]`
}
