import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { HelloInstance } from '../../../test/hello-engine.ts'
import { Failures, OperatorError } from '../../core/errors.ts'
import type { Engine, Step } from '../../core/plan.ts'
import { duration, type DurationText } from '../../core/units.ts'
import { converge, type Progress } from './converge.ts'

let hello: HelloInstance
beforeEach(async () => {
  hello = await HelloInstance.make()
})
afterEach(() => hello.remove())

describe('converging one engine', () => {
  it('starts it, and leaves it alone the second time', async () => {
    expect(await hello.applied(hello.engine('hello'))).toEqual(['start'])
    const before = await hello.pid()
    expect(await hello.said()).toBe('hello world')
    expect(await hello.applied(hello.engine('hello'))).toEqual(['keep'])
    expect(await hello.pid()).toBe(before)
  })

  it('reloads it when its file changes, in the same process', async () => {
    await hello.applied(hello.engine('hello'))
    const before = await hello.pid()
    expect(await hello.applied(hello.engine('good morning'))).toEqual(['reload'])
    expect(await hello.pid()).toBe(before)
    await expect.poll(hello.said).toBe('good morning world')
  })

  it('restarts it when its environment changes', async () => {
    await hello.applied(hello.engine('hello'))
    expect(await hello.applied(hello.engine('hello', { environment: { WORD: ' moon' } }))).toEqual(['restart'])
    expect(await hello.said()).toBe('hello moon')
  })

  it('reloads it after a run that was killed between writing the file and the reload', async () => {
    await hello.applied(hello.engine('hello'))
    await writeFile(hello.file, 'good evening')
    expect(await hello.applied(hello.engine('good evening'))).toEqual(['reload'])
    await expect.poll(hello.said).toBe('good evening world')
  })

  it('is given values of several lines, and blanks at their ends, as they are', async () => {
    await hello.applied(hello.engine('hello', { environment: { WORD: ' one\ntwo  ' } }))
    expect(await hello.said()).toBe('hello one\ntwo  ')
    expect(await hello.applied(hello.engine('hello', { environment: { WORD: ' one\ntwo  ' } }))).toEqual(['keep'])
  })

  it('puts a file back that was edited by hand', async () => {
    await hello.applied(hello.engine('hello'))
    const path = hello.file
    await writeFile(path, 'edited')
    await hello.applied(hello.engine('hello'))
    expect(await readFile(path, 'utf8')).toBe('hello')
  })

  it('changes nothing when the engine refuses its configuration', async () => {
    await hello.applied(hello.engine('hello'))
    await expect(hello.applied(hello.engine('bad'))).rejects.toThrow(/refuses its configuration[^]*bad line/)
    expect(await hello.said()).toBe('hello world')
    expect(await hello.applied(hello.engine('hello'))).toEqual(['keep'])
  })

  it('is judged by its configuration and what that calls, as both are to be', async () => {
    const library = join(hello.instance.state, 'engines', 'hello', 'library')
    // Named like the beginning of another file: that one stays what it is.
    const longer = { path: `${library}.more`, content: 'more' }
    const calling = (word: string): Engine => {
      const one = hello.engine(`calls ${word} of ${library} and ${longer.path}`)
      const files = [{ path: library, content: word }, longer, ...one.files]
      const check = 'set -- $(cat "$0"); grep -q "$2" "$4" && grep -q more "$6"'
      return { ...one, files, judge: { file: one.command[2] ?? '', command: (staged) => ['sh', '-c', check, staged] } }
    }
    await hello.applied(calling('one'))
    expect(await hello.applied(calling('two'))).toEqual(['reload'])
    await expect.poll(hello.said).toBe(`calls two of ${library} and ${longer.path} world`)
    expect(await readdir(join(library, '..'))).toEqual(['hello.conf', 'library', 'library.more'])
  })

  it('takes over a file that another one writes', async () => {
    const watched = join(hello.instance.state, 'tls', 'server.crt')
    await writeFile(watched, 'one')
    await hello.applied(hello.engine('hello', { watches: [watched] }))
    await writeFile(watched, 'two')
    expect(await hello.applied(hello.engine('hello', { watches: [watched] }))).toEqual(['reload'])
  })

  it('starts one anew that hangs', { timeout: 20_000 }, async () => {
    await hello.applied(hello.engine('hello'))
    await hello.supervisor.signal('hello', 'SIGSTOP')
    expect(await hello.applied(hello.engine('hello'))).toEqual(['restart'])
    expect(await hello.said()).toBe('hello world')
  })

  it.each([
    ['process.exit(3)', 'with exit code 3'],
    ["process.kill(process.pid, 'SIGKILL')", 'by SIGKILL'],
  ])('says what an engine wrote that ends at once (%s), and how it ended', { timeout: 30_000 }, async (end, how) => {
    const broken = hello.engine('hello', {
      command: [process.execPath, '-e', `console.log("no such thing"); setTimeout(() => ${end}, 50)`],
      readyWithin: duration('60 seconds'),
    })
    const words = new RegExp(`^does not start: it ended [3-9] times within [0-9.]+ s, the last time ${how}\n.*no such`)
    await expect(hello.applied(broken)).rejects.toThrow(words)
  })

  it(
    'says how long it waited for one that does not get ready, and what to do by what that said',
    { timeout: 20_000 },
    async () => {
      const deaf = hello.engine('hello', {
        // It speaks before two seconds are over, whatever else the machine does.
        command: ['sh', '-c', 'echo thinking; exec sleep 1000'],
        readyWithin: duration('2 seconds'),
        advice: (lastWords) => (lastWords.includes('thinking') ? ['let it think'] : []),
      })
      await expect(hello.applied(deaf)).rejects.toMatchObject({
        message: expect.stringMatching(
          /^is not ready after [0-9.]+ s: .* does not answer 200: connect ECONNREFUSED 127\.0\.0\.1:[0-9]+\n.*thinking/,
        ),
        hints: expect.arrayContaining(['let it think']),
      })
    },
  )

  it('says what one answers that does not get ready', { timeout: 20_000 }, async () => {
    // Here already, so that it does not count how long a program takes to start.
    const answering = createServer((_, response) => response.writeHead(503).end('no database'))
    onTestFinished(() => void answering.close())
    await once(answering.listen(hello.port, '127.0.0.1'), 'listening')
    const ill = hello.engine('hello', { command: ['sleep', '1000'], readyWithin: duration('2 seconds') })
    await expect(hello.applied(ill)).rejects.toThrow(
      /^is not ready after [0-9.]+ s: http:\S+ does not answer 200, but 503: no database\n?/,
    )
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
    const { stdout } = await hello.world.run(['pgrep', '-g', String(await hello.pid()), '-a', '-f', '^worker of'])
    return stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/^\d+ /, '').trim())
  }
  const handingOver = (text: string, readyWithin: DurationText): Engine => {
    const { files } = hello.engine(text)
    return hello.engine(text, {
      command: [process.execPath, '-e', master, String(files[0]?.path)],
      files,
      environment: {},
      ready: { kind: 'command', command: ['pgrep', '-f', '^worker of'] },
      reload: { signal: 'SIGHUP', retired: /is shutting down$/ },
      readyWithin: duration(readyWithin),
    })
  }

  it('has reloaded when none of those before serves any more', async () => {
    await hello.applied(handingOver('one', '30 seconds'))
    expect(await hello.applied(handingOver('two', '30 seconds'))).toEqual(['reload'])
    expect(await serving()).toEqual(['worker of two'])
  })

  it('has not reloaded where they go on, and says so', async () => {
    await hello.applied(handingOver('one', '30 seconds'))
    await expect(hello.applied(handingOver('unusable', '3 seconds'))).rejects.toThrow(
      /goes on with the configuration that it had, 3 s/,
    )
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
    expect(await hello.applied(step)).toEqual(['run'])
    expect(await hello.applied(step)).toEqual(['keep'])
    const events: Progress[] = []
    const never: Step = { ...step, name: 'never', observe: async () => ({ missing: 'still' }) }
    const after: Step = { ...step, name: 'after', after: ['never'] }
    const report = (progress: Progress) => void events.push(progress)
    await expect(converge([never, after], { ...hello, report })).rejects.toThrow(/still/)
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
      await hello.world.sleep(50)
      throw new OperatorError('certificate', 'was refused', 'is the name right?')
    })
    const mistaken = failing('mistaken', async () => {
      throw new TypeError('no function')
    })
    const failure: unknown = await hello.applied(refusing, late, mistaken).catch((error: unknown) => error)
    if (!(failure instanceof Failures)) throw new Error(`these are not all: ${String(failure)}`)
    expect(failure.all.map(({ where }) => where)).toEqual(['build', 'mistaken', 'certificate'])
    expect(failure.message).toContain(
      'build: ended with 1\nmistaken: a mistake of edge, not yours: TypeError: no function',
    )
    expect(failure.hints).toEqual(['does it build by hand?', 'is the name right?'])
  })
})
