import { join } from 'node:path'
import type { World } from '../src/core/world.ts'
import { compareVersions, findProgram } from '../src/targets/local/programs.ts'
import { pythonProgram } from './python-program.ts'

const atLeast = '1.26.0'
const requirements = join(import.meta.dirname, 'drivers/go-requirements.txt')
const buildWithinMs = 5 * 60_000
/** Of modules only what go.mod and go.sum name, and never another Go than the one that was found. */
const environment = { GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly -buildvcs=false', CGO_ENABLED: '0' }

/** The path of the Go on PATH or, where that is too old, of a pinned one. */
export async function goProgram(world: World): Promise<string> {
  const found = await findProgram('go', world.env['PATH'])
  return found !== undefined && (await isNewEnough(found, world)) ? found : pinned(world)
}

/** Builds the program of a folder to the path `output`. */
export async function buildGo(folder: string, output: string, world: World): Promise<void> {
  const go = await goProgram(world)
  const ran = await world.run([go, 'build', '-o', output, '.'], {
    cwd: folder,
    env: environment,
    timeoutMs: buildWithinMs,
  })
  if (ran.code !== 0) throw new Error(`go build: ${ran.stderr}`)
}

async function isNewEnough(go: string, world: World): Promise<boolean> {
  const { stdout } = await world.run([go, 'version'], { env: environment })
  const version = /go(\d+\.\d+(?:\.\d+)?)/.exec(stdout)?.[1]
  return version !== undefined && compareVersions(version, atLeast) >= 0
}

const pinned = async (world: World): Promise<string> =>
  join(await pythonProgram('go-1.26.6', requirements, world), 'go/bin/go')
