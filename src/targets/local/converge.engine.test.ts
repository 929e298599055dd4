import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rename, rm, stat, writeFile, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Failures, messageOf, OperatorError } from '../../core/errors.ts'
import type { Instance } from '../../core/instance.ts'
import type { Engine, Part, Step } from '../../core/plan.ts'
import { duration } from '../../core/units.ts'
import { testWorld } from '../../../test/world.ts'
import { freePorts } from '../../../test/ports.ts'
import { converge, type Progress } from './converge.ts'
import { makeInstance } from './instance.ts'
import { Supervisor, supervisorPaths } from './s6.ts'
import { prepareState } from './state.ts'
import { stopEverything } from './stop.ts'

/** A real program with a configuration file that it reads at its start and on SIGHUP, and that it can judge. */
const program = `
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
const [, , file, port, check] = process.argv
const read = () => { const text = readFileSync(file, 'utf8'); if (text.includes('bad')) throw new Error('bad line'); return text }
let text = read()
if (check === 'check') process.exit(0)
process.on('SIGHUP', () => { text = read() })
process.on('SIGTERM', () => process.exit(0))
createServer((_, response) => response.end(text + process.env.WORD)).listen(Number(port), '127.0.0.1')
`

let instance: Instance
let port = 0
let supervisor: Supervisor
const { world } = testWorld()

beforeEach(async () => {
  const state = await mkdtemp(join(tmpdir(), 'edge-converge-'))
  const [first = 0] = await freePorts(1)
  port = first
  instance = makeInstance({
    settings: {
      name: 'trial',
      user: 'trial',
      serve: { https: 1, http: 2, listen: '127.0.0.1' },
      ports: { pooler: 3, first },
    },
    state,
    user: { name: 'trial', uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    project: state,
    directory: state,
    secrets: {},
  })
  await prepareState(state, 'trial')
  await writeFile(join(state, 'program.mjs'), program)
  supervisor = new Supervisor(supervisorPaths(state), world)
  await supervisor.start()
})

afterEach(async () => {
  await supervisor.stop([])
  await rm(instance.state, { recursive: true, force: true })
})

function engine(text: string, change: Partial<Engine> = {}): Engine {
  const file = join(instance.state, 'engines', 'hello', 'hello.conf')
  const command = (path: string, ...more: string[]) =>
    [process.execPath, join(instance.state, 'program.mjs'), path, String(port), ...more] as const
  return {
    kind: 'engine',
    name: 'hello',
    component: 'app',
    command: command(file),
    environment: { WORD: ' world' },
    files: [{ path: file, content: text }],
    judge: { file, command: (staged) => command(staged, 'check') },
    ready: { kind: 'http', url: `http://127.0.0.1:${port}/`, status: 200 },
    readyWithin: duration('10 seconds'),
    reload: { signal: 'SIGHUP' },
    stop: 'SIGTERM',
    stopWithin: duration('5 seconds'),
    after: [],
    ...change,
  }
}

const applied = (...plan: Part[]) => converge(plan, { instance, supervisor, world, report: () => undefined })
const said = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text()
const pid = async () => (await supervisor.status('hello')).pid

describe('converging one engine', () => {
  it('starts it, and leaves it alone the second time', async () => {
    expect(await applied(engine('hello'))).toEqual(['start'])
    const before = await pid()
    expect(await said()).toBe('hello world')
    expect(await applied(engine('hello'))).toEqual(['keep'])
    expect(await pid()).toBe(before)
  })

  it('takes notice at once of the end of what it has left behind, whatever the machine does', async () => {
    const file = join(instance.state, 'left')
    const plain = engine('hello')
    const leaving = `(sleep 600 & echo $! > ${file}); exec "$@"`
    await applied({ ...plain, command: ['sh', '-c', leaving, 'sh', ...plain.command] })
    const left = Number(await readFile(file, 'utf8'))
    process.kill(left, 'SIGKILL')
    await expect.poll(() => existsSync(`/proc/${left}`), { timeout: 800, interval: 10 }).toBe(false)
  })

  it('tells its supervisor again where that has no pipe yet', async () => {
    await applied(engine('hello'))
    const control = join(supervisor.directory('hello'), 'supervise', 'control')
    await rename(control, `${control}.later`)
    const told = supervisor.up('hello').then(() => 'taken', messageOf)
    await world.sleep(300)
    await rename(`${control}.later`, control)
    expect(await told).toBe('taken')
  })

  it('takes it out only when its logger has ended, which writes until then into what is deleted', async () => {
    await applied(engine('hello'))
    const log = join(supervisor.directory('hello'), 'log')
    const logger = Number((await world.run(['s6-svstat', '-o', 'pid', log])).stdout)
    process.kill(logger, 'SIGSTOP')
    let isRemoved = false
    const removal = supervisor.remove('hello').then(() => (isRemoved = true))
    const aside = supervisor.directory('.hello')
    try {
      await expect.poll(() => stat(aside).then(() => 'aside', String)).toBe('aside')
      await expect.poll(async () => (await world.run(['s6-svok', aside])).code).not.toBe(0)
      await world.sleep(300)
      expect(isRemoved).toBe(false)
    } finally {
      process.kill(logger, 'SIGCONT')
    }
    await removal
    await expect(stat(aside)).rejects.toThrow('ENOENT')
  })

  it('reloads it when its file changes, in the same process', async () => {
    await applied(engine('hello'))
    const before = await pid()
    expect(await applied(engine('good morning'))).toEqual(['reload'])
    expect(await pid()).toBe(before)
    await expect.poll(said).toBe('good morning world')
  })

  it('restarts it when its environment changes', async () => {
    await applied(engine('hello'))
    expect(await applied(engine('hello', { environment: { WORD: ' moon' } }))).toEqual(['restart'])
    expect(await said()).toBe('hello moon')
  })

  it('reloads it after a run that was killed between writing the file and the reload', async () => {
    await applied(engine('hello'))
    await writeFile(join(instance.state, 'engines', 'hello', 'hello.conf'), 'good evening')
    expect(await applied(engine('good evening'))).toEqual(['reload'])
    await expect.poll(said).toBe('good evening world')
  })

  it('is given values of several lines, and blanks at their ends, as they are', async () => {
    await applied(engine('hello', { environment: { WORD: ' one\ntwo  ' } }))
    expect(await said()).toBe('hello one\ntwo  ')
    expect(await applied(engine('hello', { environment: { WORD: ' one\ntwo  ' } }))).toEqual(['keep'])
  })

  it('puts a file back that was edited by hand', async () => {
    await applied(engine('hello'))
    const path = join(instance.state, 'engines', 'hello', 'hello.conf')
    await writeFile(path, 'edited')
    await applied(engine('hello'))
    expect(await readFile(path, 'utf8')).toBe('hello')
  })

  it('changes nothing when the engine refuses its configuration', async () => {
    await applied(engine('hello'))
    await expect(applied(engine('bad'))).rejects.toThrow(/refuses its configuration[^]*bad line/)
    expect(await said()).toBe('hello world')
    expect(await applied(engine('hello'))).toEqual(['keep'])
  })

  it('is judged by its configuration and what that calls, as both are to be', async () => {
    const library = join(instance.state, 'engines', 'hello', 'library')
    // Named like the beginning of another file: that one stays what it is.
    const longer = { path: `${library}.more`, content: 'more' }
    const calling = (word: string): Engine => {
      const one = engine(`calls ${word} of ${library} and ${longer.path}`)
      const files = [{ path: library, content: word }, longer, ...one.files]
      const check = 'set -- $(cat "$0"); grep -q "$2" "$4" && grep -q more "$6"'
      return { ...one, files, judge: { file: one.command[2] ?? '', command: (staged) => ['sh', '-c', check, staged] } }
    }
    await applied(calling('one'))
    expect(await applied(calling('two'))).toEqual(['reload'])
    await expect.poll(said).toBe(`calls two of ${library} and ${longer.path} world`)
    expect(await readdir(join(library, '..'))).toEqual(['hello.conf', 'library', 'library.more'])
  })

  it('takes over a file that another one writes', async () => {
    const watched = join(instance.state, 'tls', 'server.crt')
    await writeFile(watched, 'one')
    await applied(engine('hello', { watches: [watched] }))
    await writeFile(watched, 'two')
    expect(await applied(engine('hello', { watches: [watched] }))).toEqual(['reload'])
  })

  it('starts one anew that hangs', { timeout: 20_000 }, async () => {
    await applied(engine('hello'))
    await supervisor.signal('hello', 'SIGSTOP')
    expect(await applied(engine('hello'))).toEqual(['restart'])
    expect(await said()).toBe('hello world')
  })

  it('runs after Ctrl-C in the middle of its restart', async () => {
    await applied(engine('hello'))
    const before = await pid()
    const interrupted = new AbortController()
    const inAHurry = testWorld({ signal: interrupted.signal }).world
    const restarting = new Supervisor(supervisorPaths(instance.state), inAHurry).restart('hello')
    interrupted.abort()
    await restarting
    await expect.poll(said).toBe('hello world')
    expect(await pid()).not.toBe(before)
  })

  it.each([
    ['process.exit(3)', 'with exit code 3'],
    ["process.kill(process.pid, 'SIGKILL')", 'by SIGKILL'],
  ])('says what an engine wrote that ends at once (%s), and how it ended', { timeout: 30_000 }, async (end, how) => {
    const broken = engine('hello', {
      command: [process.execPath, '-e', `console.log("no such thing"); setTimeout(() => ${end}, 50)`],
      readyWithin: duration('60 seconds'),
    })
    const words = new RegExp(`^does not start: it ended [3-9] times within [0-9.]+ s, the last time ${how}\n.*no such`)
    await expect(applied(broken)).rejects.toThrow(words)
  })

  it(
    'says how long it waited for one that does not get ready, and what to do by what that said',
    { timeout: 20_000 },
    async () => {
      const deaf = engine('hello', {
        command: [process.execPath, '-e', 'console.log("thinking"); setInterval(() => 0, 1000)'],
        readyWithin: duration('2 seconds'),
        advice: (lastWords) => (lastWords.includes('thinking') ? ['let it think'] : []),
      })
      await expect(applied(deaf)).rejects.toMatchObject({
        message: expect.stringMatching(
          /^is not ready after 2\.[0-9] s: .* does not answer 200: connect ECONNREFUSED 127\.0\.0\.1:[0-9]+\n.*thinking/,
        ),
        hints: expect.arrayContaining(['let it think']),
      })
    },
  )

  it('says what one answers that does not get ready', { timeout: 20_000 }, async () => {
    const answer = "(_, response) => response.writeHead(503).end('no database')"
    const ill = engine('hello', {
      command: [process.execPath, '-e', `require('node:http').createServer(${answer}).listen(${port}, '127.0.0.1')`],
      readyWithin: duration('2 seconds'),
    })
    await expect(applied(ill)).rejects.toThrow(
      /^is not ready after 2\.[0-9] s: http:\S+ does not answer 200, but 503: no database\n?/,
    )
  })

  it('comes back after kill -9, and the death is counted', async () => {
    await applied(engine('hello'))
    const before = await pid()
    await supervisor.signal('hello', 'SIGKILL')
    await expect.poll(async () => (await pid()) !== before && (await said()), { timeout: 10_000 }).toBe('hello world')
    expect((await supervisor.status('hello')).restarts).toBe(1)
    expect(await supervisor.lastEnd('hello')).toBe('by SIGKILL')
  })

  it('leaves no child behind when its master is killed', async () => {
    const parent = `require('node:child_process').spawn('sleep', ['1000'], { stdio: 'inherit' }); setInterval(() => 0, 1000)`
    const ready = { kind: 'command', command: ['pgrep', '-f', '^sleep 1000$'] } as const
    await applied(engine('hello', { command: [process.execPath, '-e', parent], environment: {}, ready }))
    const group = await pid()
    // One that is dead and not yet reaped (Z) is gone.
    const children = async () => (await world.run(['pgrep', '-g', String(group), '-r', 'R,S,D,T'])).stdout.trim()
    expect((await children()).split('\n')).toHaveLength(2)
    await supervisor.signal('hello', 'SIGKILL')
    await expect.poll(children).toBe('')
  })

  it('is taken up again after kill -9 of the supervisor', async () => {
    await applied(engine('hello'))
    const scan = await world.run(['pgrep', '-f', `^s6-svscan ${supervisorPaths(instance.state).scan}`])
    process.kill(Number(scan.stdout.trim()), 'SIGKILL')
    await expect.poll(() => supervisor.isRunning()).toBe(false)
    await supervisor.start()
    expect(await applied(engine('hello'))).toEqual(['start'])
    expect(await said()).toBe('hello world')
  })

  it(
    'is ended with its supervisor, even when it hangs in its own end and works elsewhere',
    { timeout: 30_000 },
    async () => {
      // Told to stop, it goes on; its folder is none of ours, as that of an API is.
      const stubborn = `process.chdir('/'); process.on('SIGTERM', () => undefined); setInterval(() => 0, 1000)`
      const ready = { kind: 'command', command: ['true'] } as const
      await applied(engine('hello', { command: [process.execPath, '-e', stubborn], environment: {}, ready }))
      const orphan = await pid()
      const supervisors = await world.run([
        'pgrep',
        '-f',
        `^s6-(svscan|supervise).*(${supervisor.directory('')}|hello)`,
      ])
      for (const one of supervisors.stdout.trim().split('\n')) process.kill(Number(one), 'SIGKILL')
      await expect.poll(() => supervisor.isRunning()).toBe(false)
      await supervisor.start()
      // Ended, or waiting to be noticed by a first process that is no init.
      expect((await world.run(['ps', '-o', 'state=', '-p', String(orphan)])).stdout.trim()).toMatch(/^Z?$/)
    },
  )

  it('is stopped with everything else, and can be started again', async () => {
    await applied(engine('hello'))
    expect(await stopEverything([engine('hello')], { instance, supervisor, world })).toBe(1)
    await expect(said()).rejects.toThrow('fetch failed')
    await supervisor.start()
    expect(await applied(engine('hello'))).toEqual(['start'])
  })
})

/** Hands over to a new worker when it reads its file again; one that retires finishes slowly, and says so in its title. */
const master = `
const { spawn } = require('node:child_process')
const { readFileSync } = require('node:fs')
const file = process.argv[1]
const worker = 'process.title = "worker of " + process.argv[1]; setInterval(() => 0, 1000);' +
  'process.on("SIGQUIT", () => setTimeout(() => { process.title = "worker is shutting down" }, 500)); process.send(1)'
const start = (then) => {
  const child = spawn(process.execPath, ['-e', worker, readFileSync(file, 'utf8')], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  child.once('message', then)
  return child
}
let old = start(() => console.log('ready'))
process.on('SIGHUP', () => {
  if (readFileSync(file, 'utf8') === 'unusable') return
  const before = old
  old = start(() => before.kill('SIGQUIT'))
})
`

describe('an engine that hands over to new processes', () => {
  const serving = async (): Promise<readonly string[]> => {
    const { stdout } = await world.run(['pgrep', '-g', String(await pid()), '-a', '-f', '^worker of'])
    return stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/^\d+ /, '').trim())
  }
  const handingOver = (text: string): Engine => {
    const { files } = engine(text)
    return engine(text, {
      command: [process.execPath, '-e', master, String(files[0]?.path)],
      files,
      environment: {},
      ready: { kind: 'command', command: ['pgrep', '-f', '^worker of'] },
      reload: { signal: 'SIGHUP', retired: /is shutting down$/ },
      readyWithin: duration('3 seconds'),
    })
  }

  it('has reloaded when none of those before serves any more', async () => {
    await applied(handingOver('one'))
    expect(await applied(handingOver('two'))).toEqual(['reload'])
    expect(await serving()).toEqual(['worker of two'])
  })

  it('has not reloaded where they go on, and says so', async () => {
    await applied(handingOver('one'))
    await expect(applied(handingOver('unusable'))).rejects.toThrow(/goes on with the configuration that it had, 3 s/)
    expect(await serving()).toEqual(['worker of one'])
  })
})

describe('converging steps', () => {
  it('runs what is missing, sees that it is done, and stops those that stand on a failed one', async () => {
    let there = false
    const step: Step = {
      kind: 'step',
      name: 'table',
      title: 'table',
      component: 'app',
      after: [],
      observe: async () => (there ? 'done' : { missing: 'no table' }),
      ensure: async () => {
        there = true
      },
    }
    expect(await applied(step)).toEqual(['run'])
    expect(await applied(step)).toEqual(['keep'])
    const events: Progress[] = []
    const never: Step = { ...step, name: 'never', observe: async () => ({ missing: 'still' }) }
    const after: Step = { ...step, name: 'after', after: ['never'] }
    const report = (progress: Progress) => void events.push(progress)
    await expect(converge([never, after], { instance, supervisor, world, report })).rejects.toThrow(/still/)
    expect(events.map(({ event, part }) => `${part.name} ${event}`)).toEqual([
      'never started',
      'never failed',
      'after skipped',
    ])
  })

  it('explains each that failed in one run, with what to do about it, a mistake of its own as well', async () => {
    const failing = (name: string, ensure: Step['ensure']): Step => ({
      kind: 'step',
      name,
      title: name,
      component: 'app',
      after: [],
      observe: async () => ({ missing: 'not there' }),
      ensure,
    })
    const refusing = failing('build', async () => {
      throw new OperatorError('build', 'ended with 1', 'does it build by hand?')
    })
    const late = failing('certificate', async () => {
      await world.sleep(50)
      throw new OperatorError('certificate', 'was refused', 'is the name right?')
    })
    const mistaken = failing('mistaken', async () => {
      throw new TypeError('no function')
    })
    const failure: unknown = await applied(refusing, late, mistaken).catch((error: unknown) => error)
    if (!(failure instanceof Failures)) throw new Error(`these are not all: ${String(failure)}`)
    expect(failure.all.map(({ where }) => where)).toEqual(['build', 'mistaken', 'certificate'])
    expect(failure.message).toContain(
      'build: ended with 1\nmistaken: a mistake of edge, not yours: TypeError: no function',
    )
    expect(failure.hints).toEqual(['does it build by hand?', 'is the name right?'])
  })
})
