import { dirname } from 'node:path'
import { explain, explanationTable } from '../config/explain.ts'
import { loadConfiguration } from '../config/load.ts'
import { exit } from '../core/errors.ts'
import { ownNode } from '../core/process.ts'
import type { World } from '../core/world.ts'
import { findNode, recordedNode } from '../targets/local/app-node.ts'
import { expectedUser, stateDirectory } from '../targets/local/instance.ts'
import { type Loaded, project } from './open.ts'
import { textOption } from '../core/options.ts'
import type { VerbRun } from '../core/verb.ts'

export const config: VerbRun = async (world, _positional, options) => {
  const loaded = await loadConfiguration(world, project, textOption(options, 'config'))
  const values = explain(loaded, stateDirectory(loaded.configuration, world))
  const node = await nodeOf(loaded, world)
  if (options['json'] === true) {
    world.stdout.write(`${JSON.stringify({ file: loaded.file, values, node }, undefined, 2)}\n`)
  } else {
    world.stdout.write(`${explanationTable(loaded.file, values)}\n`)
    world.stdout.write(`  'node' in commands of site: ${node.path} (${node.from})\n`)
  }
  return exit.ok
}

/** What the word `node` in commands is: as it was at the last `up`; of an instance that was never up, as it would be. */
async function nodeOf({ configuration, file }: Pick<Loaded, 'configuration' | 'file'>, world: World) {
  if (configuration.target === 'aws') return { path: ownNode, from: "edge's own" }
  const recorded = await recordedNode(stateDirectory(configuration, world))
  if (recorded !== undefined) return { path: recorded, from: 'on PATH at the last edge up' }
  const directory = configuration.directory ?? dirname(file)
  const found = await findNode({ directory, project, user: expectedUser(configuration, world) }, world)
  return found === undefined ? { path: ownNode, from: "edge's own" } : { path: found, from: 'on PATH' }
}
