import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OperatorError } from '../../src/core/errors.ts'
import type { Instance } from '../../src/core/instance.ts'
import type { Command, World } from '../../src/core/world.ts'
import { usualFolders } from '../../src/targets/local/processes.ts'

/** `node` is the operator's own where there is one that fits, else the one that runs edge (src/targets/local/app-node.ts). */
export function commandOf(
  instance: Instance,
  words: readonly string[],
  places: Readonly<Record<string, string>>,
): Command {
  const [program = '', ...args] = words.map((word) =>
    word.replaceAll(/\{(\w+)\}/g, (whole, name: string) => places[name] ?? whole),
  )
  return [program === 'node' ? instance.appNode : program, ...args]
}

/** What a command starts finds the same `node`; one that lies where all programs do needs no folder of its own. */
export function searchPath({ appNode }: Instance): string {
  const own = dirname(appNode)
  return (usualFolders.includes(own) ? usualFolders : [own, ...usualFolders]).join(':')
}

/** Runs a command of the operator's in a folder and answers what it printed; when it fails, shows its own last words and its log. */
export async function runOrExplain(
  world: World,
  instance: Instance,
  cwd: string,
  name: string,
  command: Command,
  environment: World['env'],
  timeoutMs: number,
): Promise<string> {
  const env = { PATH: searchPath(instance), ...environment }
  const ran = await world.run(command, { cwd, env, timeoutMs }).catch((error: unknown) => {
    // That one is about the engines, which edge installs; what the operator's own command needs, it does not.
    if (!(error instanceof OperatorError)) throw error
    throw new OperatorError(`site: ${name}`, `${command[0]} is not there to be run in ${cwd}`, [
      `is it installed, and on the path of the engines' user (${searchPath(instance)})?`,
    ])
  })
  const log = join(instance.state, 'logs', `${name}.log`)
  await writeFile(log, `${ran.stdout}${ran.stderr}`, { mode: 0o600 })
  if (ran.code === 0) return ran.stdout
  const last = `${ran.stdout}${ran.stderr}`.trim().split('\n').slice(-40).join('\n')
  const how = ran.timedOut ? `did not end within ${timeoutMs / 60_000} min` : `ended with ${ran.code}`
  throw new OperatorError(`site: ${name}`, `${command.join(' ')} ${how}:\n${last}`, [`the whole of it: ${log}`])
}
