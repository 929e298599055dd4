import { spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { loadConfiguration } from './load.ts'

const project = resolve(import.meta.dirname, '../..')
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-configuration-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function write(content: string, name = 'production.config.ts'): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

const load = (chosen?: string) => loadConfiguration(testWorld({ cwd: folder }).world, project, chosen)

/** Node itself reads the file here: vitest reads TypeScript in its own way, with messages of its own. */
function failure(path: string): { where: string; message: string; hints: string[]; exitCode: number } {
  const { said, stderr } = loadByNode(path)
  if (said.where === undefined) throw new Error(`nothing was refused\n${stderr}`)
  return said
}

function loadByNode(path: string) {
  const script = `
    const { loadConfiguration } = await import(${JSON.stringify(join(import.meta.dirname, 'load.ts'))})
    try {
      const { given } = await loadConfiguration({ cwd: ${JSON.stringify(folder)} }, ${JSON.stringify(project)}, ${JSON.stringify(path)})
      console.log(JSON.stringify({ given }))
    } catch (error) {
      const { where, message, hints, exitCode } = error
      console.log(JSON.stringify({ where, message, hints, exitCode }))
    }`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  if (stdout === '') throw new Error(`the load ended without an answer\n${stderr}`)
  return { said: JSON.parse(stdout), stderr }
}

test('reads the file that was chosen, relative to the folder of the caller', async () => {
  const file = await write(`export default { name: 'staging', site: { static: 'public' } }`, 'staging.config.ts')
  expect(await load('staging.config.ts')).toMatchObject({ file, configuration: { name: 'staging' } })
})

test('reads production.config.ts of the folder it is called from, where there is one', async () => {
  const file = await write(`export default { name: 'mine', site: { static: 'public' } }`)
  expect((await load()).file).toBe(file)
})

test("reads the project's own configuration where there is none", async () => {
  expect((await load()).file).toBe(join(project, 'production.config.ts'))
})

test('places state and directory relative to the file', async () => {
  await mkdir(join(folder, 'deep'))
  const file = await write(
    `export default { state: 'state', directory: '../app', site: { static: 'public' } }`,
    'deep/production.config.ts',
  )
  expect((await load(file)).configuration).toMatchObject({
    state: join(folder, 'deep/state'),
    directory: join(folder, 'app'),
  })
})

test('takes the folder of the file as the directory where none is said', async () => {
  await write(`export default { site: { static: 'public' } }`)
  expect((await load()).configuration.directory).toBe(folder)
})

test('reads a file again that changed since', async () => {
  await write(`export default { name: 'first', site: { static: 'public' } }`)
  await load()
  await write(`export default { name: 'second', site: { static: 'public' } }`)
  expect((await load()).configuration.name).toBe('second')
})

test('names the file that is not there', () => {
  expect(failure('nope.config.ts')).toEqual({
    where: join(folder, 'nope.config.ts'),
    message: 'there is no such file',
    hints: ['is the path after --config right?'],
    exitCode: 2,
  })
})

test('names the line of a mistake in its syntax', async () => {
  await write('export default {\n  site: { static: "public" }\n  name: "x",\n}\n')
  expect(failure('production.config.ts')).toMatchObject({ where: 'production.config.ts:3', exitCode: 2 })
})

test('names the line at which the file fails', async () => {
  await write('const site = { static: folder }\nexport default { site }\n')
  expect(failure('production.config.ts')).toMatchObject({
    where: 'production.config.ts:1',
    message: 'folder is not defined',
    exitCode: 2,
  })
})

/** What may lie beside a configuration. */
const packages = {
  'is CommonJS': '{ "type": "commonjs" }',
  'does not say what it is': '{ "name": "app" }',
  'cannot be read': '{ "name": ',
} as const
const beside = Object.entries(packages)

test.each(beside)('reads a configuration as ES module beside a package that %s, without a word', async (_, text) => {
  await write(text, 'package.json')
  await mkdir(join(folder, 'parts'))
  await write(`import { name } from './deeper.ts'\nexport const site: object = { static: name }\n`, 'parts/site.ts')
  await write(`export const name: string = 'public'\n`, 'parts/deeper.ts')
  const config = `import { site } from './parts/site.ts'\nexport default { name: 'mine', site }\n`
  for (const name of ['production.config.ts', 'staging.config.mts']) {
    await write(config, name)
    expect(loadByNode(name)).toEqual({ said: { given: { name: 'mine', site: { static: 'public' } } }, stderr: '' })
  }
})

test.each([
  ['a module, of a package that does not say', '{}', 'export const name = "public"', '.js'],
  ['CommonJS, of a package that does not say', '{}', 'exports.name = "public"', '.js'],
  ['CommonJS, of a package that says so', '{ "type": "commonjs" }', 'exports.name = "public"', '.js'],
  ['CommonJS, of a package of modules', '{ "type": "module" }', 'exports.name = "public"', '.cjs'],
])('reads JavaScript that it imports as %s, without a word', async (_, text, shared, extension) => {
  await write(text, 'package.json')
  await write(shared, `shared${extension}`)
  await write(`import { name } from './shared${extension}'\nexport default { site: { static: name } }`)
  const { said, stderr } = loadByNode('production.config.ts')
  expect([said, stderr]).toEqual([{ given: { site: { static: 'public' } } }, ''])
})

test.each(beside.slice(0, 2))('names file and line of a mistake beside a package that %s', async (_, text) => {
  await write(text, 'package.json')
  await write('export default {\n  site: { static: "public" }\n  name: "x",\n}\n')
  expect(failure('production.config.ts')).toMatchObject({
    where: 'production.config.ts:3',
    hints: ['is a comma, a quote or a bracket missing here, or on the line before?'],
  })
  await mkdir(join(folder, 'parts'), { recursive: true })
  await write(`\nimport { site } from './parts/site.ts'\nexport default { site }\n`)
  await write(`\n\nexport const site = { static: folder }\n`, 'parts/site.ts')
  expect(failure('production.config.ts')).toMatchObject({ where: 'parts/site.ts:3', message: 'folder is not defined' })
  await write(`\n\n\nexport const site = { static: , }\n`, 'parts/site.ts')
  expect(failure('production.config.ts')).toMatchObject({ where: 'parts/site.ts:4' })
  await write(`export const other = 1\n`, 'parts/site.ts')
  expect(failure('production.config.ts')).toMatchObject({
    where: 'production.config.ts:2',
    hints: ['is it exported there, by this name?'],
  })
})

test.each([
  ["const { join } = require('node:path')\nexport default {}", 'require is not defined', 'ES module'],
  ['enum Size { small }\nexport default {}', 'enum is not supported', 'use a plain object in place of an enum'],
])('says of %j what is wrong with it', async (content, message, hint) => {
  await write('{ "type": "commonjs" }', 'package.json')
  await write(content)
  expect(failure('production.config.ts')).toMatchObject({
    where: 'production.config.ts:1',
    message: expect.stringContaining(message),
    hints: [expect.stringContaining(hint)],
    exitCode: 2,
  })
})

test('says what an empty file should begin with', async () => {
  await write('export const site = {}\n')
  expect(failure('production.config.ts')).toMatchObject({
    message: 'exports no configuration',
    hints: [expect.stringContaining('export default {')],
  })
})

test('shows the path of a file elsewhere in full, and every mistake in it', async () => {
  await mkdir(join(folder, 'other'))
  const path = await write(`export default { nam: 'x', target: 'moon' }`, 'other/production.config.ts')
  const { where, message, exitCode } = failure(path)
  expect([where, message.split('\n')[0], exitCode]).toEqual([
    'other/production.config.ts',
    '3 mistakes, nothing was changed',
    2,
  ])
})

test('as root, takes no file of the folder that somebody else has put there, or may write', async () => {
  const file = await write(`export default { site: { static: 'public' } }`)
  const world = { cwd: folder, uid: 0, env: {} }
  // Owned by root; that of the clone would be trusted, too.
  const asRoot = (chosen?: string) => loadConfiguration(world, '/usr', chosen)
  const nobody = 65_534
  if (process.getuid?.() === 0) await chown(file, nobody, nobody)
  await expect(asRoot()).rejects.toThrow(/belongs to the user \d+, and would run as root/)
  if (process.getuid?.() === 0) await chown(file, 0, 0)
  await chmod(file, 0o666)
  await expect(asRoot()).rejects.toThrow('everybody may write it, and would run as root')
  expect(await asRoot(file)).toMatchObject({ file })
})
