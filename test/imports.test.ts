import { globSync, readFileSync } from 'node:fs'
import { join, posix, resolve } from 'node:path'
import { parseSync } from 'vite'
import { describe, expect, it } from 'vitest'
import { roomNames } from '../infrastructure/rooms.ts'

const project = resolve(import.meta.dirname, '..')
const roomFolders = globSync('infrastructure/*/room.ts', { cwd: project }).map((file) => file.split('/')[1] ?? '')
const read = (file: string): string => readFileSync(join(project, file), 'utf8')

const rooms = ['door of a room', 'room', 'room on AWS']
const onThisMachine = [
  'core',
  'machine',
  'engines',
  'targets/local',
  'agent',
  'config',
  'list of rooms',
  'composition',
  ...rooms,
]

/** Who may import whom, beside its own (CONTRIBUTING.md, "Where things are"). No room imports another one; tests may. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  machine: ['core'],
  engines: ['core', 'machine'],
  'targets/local': ['core', 'machine'],
  'targets/aws': ['core'],
  'door of a room': ['core'],
  room: ['core', 'machine', 'engines'],
  'room on AWS': ['core', 'machine', 'engines', 'targets/aws'],
  // infrastructure/rooms.ts, and what puts the rooms together.
  'list of rooms': ['door of a room'],
  composition: onThisMachine,
  // Releases are of the CDN and of the app, on both targets; their verbs show what they do on the screen of all verbs.
  release: [...onThisMachine, 'targets/aws', 'composition on AWS', 'screen', 'opened instance'],
  // What brings an instance back: it takes the place of what all rooms have there, and starts them on it.
  recovery: [
    'core',
    'machine',
    'engines',
    'targets/local',
    'config',
    'room',
    'screen',
    'opened instance',
    'whole instance',
  ],
  screen: ['core', 'targets/local'],
  'opened instance': ['core', 'config', 'targets/local'],
  // With what all rooms put there, and the release that is live.
  'whole instance': [
    'core',
    'machine',
    'targets/local',
    'agent',
    'config',
    'list of rooms',
    'composition',
    'release',
    'screen',
    'opened instance',
  ],
  // What is loaded for AWS alone.
  'composition on AWS': ['core', 'config', 'list of rooms', 'composition', ...rooms, 'targets/aws'],
  agent: ['core', 'machine', 'engines'],
  config: ['core', 'list of rooms', 'door of a room'],
  cli: [
    ...onThisMachine,
    'targets/aws',
    'composition on AWS',
    'release',
    'recovery',
    'screen',
    'opened instance',
    'whole instance',
  ],
  docs: [
    'core',
    'config',
    'cli',
    'release',
    'list of rooms',
    'composition',
    'composition on AWS',
    ...rooms,
    // Makes what stacks carry.
    'targets/aws',
  ],
  'main.ts': ['cli', 'world.ts'],
  'world.ts': ['core'],
  app: [],
}

/** Of this machine, for everybody; it lies among what the local target alone is for. */
const machine = [
  'acknowledged',
  'at-work',
  'certificate',
  'files',
  'listening',
  'lock',
  'log',
  'low-ports',
  'problem',
  'processes',
  'ready',
  'records',
  'renewal',
  'shelf',
  'site-certificate',
  'space',
  'tls-door',
].map((name) => `src/targets/local/${name}.ts`)

/** What every verb shows its work on, and asks at; it lies among the verbs. */
const screen = ['screen/progress', 'screen/columns', 'screen/style', 'ask'].map((name) => `src/cli/${name}.ts`)

/** An instance that is there or is brought up, with its rooms; what does it lies among the verbs, too. */
const wholeInstance = ['session', 'undo-drills', 'apply', 'components'].map((name) => `src/cli/${name}.ts`)

/** What goes another way today. One that does so no more has to go from here, and none is to be added. */
const exceptions = [
  // The order of a certificate is a step of the CDN: the target places it, and has nginx read what came of it.
  'infrastructure/cdn/certificate-steps.ts -> src/targets/local/ordered-certificate.ts',
  'infrastructure/cdn/certificate-steps.ts -> src/targets/local/reload.ts',
  'infrastructure/cdn/certificate-steps.ts -> src/targets/local/s6.ts',
  // The verb runs what measures speeds.
  'src/cli/bench.ts -> bench/part.ts',
  'src/cli/bench.ts -> bench/result.ts',
  'src/cli/bench.ts -> bench/rooms.ts',
]

const ofTests =
  /^(test|bench)\/|^infrastructure\/[^/]+\/proofs\/|\.test\.tsx?$|^app\/test-[^/]*\.ts$|^infrastructure\/(.*\/)?sabotage\.ts$/

function areaOf(file: string): string {
  if (ofTests.test(file)) return 'tests'
  if (machine.includes(file)) return 'machine'
  if (screen.includes(file)) return 'screen'
  if (file === 'src/cli/open.ts') return 'opened instance'
  if (wholeInstance.includes(file)) return 'whole instance'
  const [top = '', second = '', third = ''] = file.split('/')
  if (top === 'app') return top
  if (top === 'src') return second === 'targets' ? `${second}/${third}` : second
  if (second === 'rooms.ts') return 'list of rooms'
  if (second === 'release' || second === 'recovery') return second
  if (third === '') return /-on-aws\.ts$|^proven-stacks\.ts$/.test(second) ? 'composition on AWS' : 'composition'
  if (['room.ts', 'settings.ts', 'reserved.ts'].includes(third)) return 'door of a room'
  return third === 'aws' ? 'room on AWS' : 'room'
}

const roomOf = (file: string): string | undefined => /^infrastructure\/([^/]+)\//.exec(file)?.[1]

function isMeant([from, to]: readonly [string, string]): boolean {
  const [area, of, room] = [areaOf(from), areaOf(to), roomOf(from)]
  const isOwn = room === undefined ? area === of : of !== 'tests' && room === roomOf(to)
  return area === 'tests' || isOwn || mayImport[area]?.includes(of) === true
}

/** All files of ours that one imports: those too of which it takes types alone, or which it loads while it runs. */
function importsOf(file: string): readonly string[] {
  const found: string[] = []
  const { program, errors } = parseSync(file, read(file))
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`)
  JSON.stringify(program, (key, node: unknown) => {
    if (key === 'source' && typeof node === 'object' && node !== null && 'value' in node) found.push(String(node.value))
    return typeof node === 'bigint' ? String(node) : node
  })
  return found.map((name) => posix.join(posix.dirname(file), name)).filter((name) => files.includes(name))
}

const exclude = ['**/node_modules', '**/dist', '**/.tools']
const files = globSync('{app,bench,infrastructure,src,test}/**/*.{ts,tsx}', { cwd: project, exclude })
const imports = new Map(files.map((file) => [file, importsOf(file)]))

describe('imports', () => {
  it('go the ways that are meant', () => {
    const all = [...imports].flatMap(([from, names]) => names.map((to) => [from, to] as const))
    expect(all.length).toBeGreaterThan(1000)
    const others = new Set(all.filter((one) => !isMeant(one)).map(([from, to]) => `${from} -> ${to}`))
    expect([...others].toSorted()).toEqual(exceptions)
  })

  // The linter does not see what is loaded while the program runs.
  it('lead back to no file', () => {
    const done = new Set<string>()
    const follow = (file: string, way: readonly string[]): readonly string[] => {
      if (way.includes(file)) return [[...way.slice(way.indexOf(file)), file].join(' -> ')]
      if (done.has(file)) return []
      const circles = (imports.get(file) ?? []).flatMap((next) => follow(next, [...way, file]))
      done.add(file)
      return circles
    }
    expect(files.flatMap((file) => follow(file, []))).toEqual([])
  })
})

/**
 * Names of rooms that a file has as a text: `component: 'cdn'`. What an engine's file says are words of its program,
 * which may have the name of a room (`restic backup`).
 */
function roomsTold(file: string): readonly string[] {
  if (areaOf(file) === 'engines') return []
  const told: string[] = []
  JSON.stringify(parseSync(file, read(file)).program, (_, node: unknown) => {
    if (typeof node === 'object' && node !== null && 'type' in node && node.type === 'Literal' && 'value' in node)
      if (roomNames.some((name) => name === node.value)) told.push(String(node.value))
    return typeof node === 'bigint' ? String(node) : node
  })
  return told
}

it('names a room in no file of src', () => {
  const named = files
    .filter((file) => areaOf(file) !== 'tests' && file.startsWith('src/'))
    .flatMap((file) => [
      ...(imports.get(file) ?? [])
        .map((to) => roomOf(to) ?? '')
        .flatMap((room) => (roomFolders.includes(room) ? [`${file} -> ${room}`] : [])),
      ...roomsTold(file).map((name) => `${file} says '${name}'`),
    ])
  expect(named).toEqual([])
})

it('lets no file use the process that has no use for it any more', async () => {
  // JSON with comments is an expression of JavaScript.
  const address = `data:text/javascript,export default ${encodeURIComponent(read('.oxlintrc.json'))}`
  const { default: linter }: { default: { overrides: { files: string[] }[] } } = await import(address)
  const rim = linter.overrides.map((one) => one.files).find((names) => names.includes('src/main.ts')) ?? []
  expect(rim.length).toBeGreaterThan(1)
  expect(rim.filter((file) => !/\bprocess\.\w/.test(read(file)))).toEqual([])
})

it('leads nobody who reads CONTRIBUTING.md to a file that is not there', () => {
  const named = [...read('CONTRIBUTING.md').matchAll(/`((?:src|infrastructure|test|app)\/[^`\s]*)`/g)].map(
    ([, path = '']) => path,
  )
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((path) => globSync(path, { cwd: project }).length === 0)).toEqual([])
  // Those of a room, which not every room has.
  const ofRooms = [...read('CONTRIBUTING.md').matchAll(/`([a-z*-]+\.ts|(?:aws|golden|proofs)\/[a-z.]*)`/g)].map(
    ([, path = '']) => path,
  )
  expect(ofRooms.length).toBeGreaterThan(10)
  expect(ofRooms.filter((path) => globSync(`infrastructure/*/${path}`, { cwd: project }).length === 0)).toEqual([])
})
