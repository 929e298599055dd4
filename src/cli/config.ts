import { explain, explanationTable } from '../config/explain.ts'
import { loadConfiguration } from '../config/load.ts'
import { exit } from '../core/errors.ts'
import { stateDirectory } from '../targets/local/instance.ts'
import { project, textOption } from './open.ts'
import type { VerbRun } from './verb.ts'

export const config: VerbRun = async (world, _positional, options) => {
  const loaded = await loadConfiguration(world, project, textOption(options, 'config'))
  const values = explain(loaded, stateDirectory(loaded.configuration, world))
  if (options['json'] === true) {
    world.stdout.write(`${JSON.stringify({ file: loaded.file, values }, undefined, 2)}\n`)
  } else {
    world.stdout.write(`${explanationTable(loaded.file, values)}\n`)
  }
  return exit.ok
}
