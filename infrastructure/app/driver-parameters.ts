import { join, resolve } from 'node:path'
import type { Command } from '../../src/core/world.ts'
import { goModRequires, goProgramHas } from './go-modules.ts'

const libPq = 'github.com/lib/pq'

/**
 * lib/pq parses a query in one round and runs it in the next, by when the pool has given its connection to another client.
 * With this word it does both in one round. Drivers of Go that do not know it pass it on, and the pool leaves it out.
 */
const forLibPq = { binary_parameters: 'yes' }

/** What the addresses of the transaction door say to the driver of a program, where the configuration does not say it. */
export function driverParameters(cwd: string, [program = '']: Command): Readonly<Record<string, string>> {
  const isInProgram = program.includes('/') && goProgramHas(resolve(cwd, program), libPq)
  // By the latter where it is started by `go run`, or by a script.
  return isInProgram || goModRequires(join(cwd, 'go.mod'), libPq) ? forLibPq : {}
}
