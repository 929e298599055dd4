import { basename } from 'node:path'
import type { PackageNeed, Part, Unowned } from '../src/core/plan.ts'

/**
 * The programs of a plan by name, each with its version.
 * @param plan what serves visitors
 * @param node what runs the processes of the API that are of Node: no package brings it
 * @param ask answers the version of one program; undefined where it does not say
 */
export async function engineVersions(
  plan: readonly Unowned<Part>[],
  node: string,
  ask: (need: PackageNeed) => Promise<string | undefined>,
): Promise<Readonly<Record<string, string>>> {
  const engines = plan.filter((part) => part.kind === 'engine')
  const ofNode: PackageNeed = {
    binary: node,
    version: { args: ['--version'], pattern: /^v([\d.]+)/m, atLeast: '0' },
    packages: [],
  }
  const needs = engines.flatMap(({ need, command }) => need ?? (command[0] === node ? ofNode : []))
  const asked = new Map(needs.map((need) => [basename(need.binary), need]))
  const found = await Promise.all([...asked].map(async ([name, need]) => [name, await ask(need)] as const))
  return Object.fromEntries(found.flatMap(([name, version]) => (version === undefined ? [] : [[name, version]])))
}

/** `15.18` of the number that PostgreSQL has for it, 150018. */
export function postgresVersion(number: string): string {
  const [major, minor] = [Math.floor(Number(number) / 10_000), Number(number) % 10_000]
  return `${major}.${minor}`
}
