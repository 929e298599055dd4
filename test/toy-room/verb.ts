import { exit, type ExitCode } from '../../src/core/errors.ts'
import type { World } from '../../src/core/world.ts'
import { ask, type ToyEndpoint } from './endpoint.ts'

export async function count(endpoint: ToyEndpoint, { stdout }: World): Promise<ExitCode> {
  stdout.write(`the toy was asked ${(await ask(endpoint)).count} times\n`)
  return exit.ok
}
