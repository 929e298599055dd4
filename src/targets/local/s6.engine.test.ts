import { existsSync } from 'node:fs'
import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HelloInstance } from '../../../test/hello-engine.ts'
import { testWorld } from '../../../test/world.ts'
import { messageOf } from '../../core/errors.ts'
import { Supervisor, supervisorPaths } from './s6.ts'
import { stopEverything } from './stop.ts'

let hello: HelloInstance
beforeEach(async () => {
  hello = await HelloInstance.make()
})
afterEach(() => hello.remove())

describe('an engine below its supervisor', () => {
  it('takes notice at once of the end of what it has left behind, whatever the machine does', async () => {
    const file = join(hello.instance.state, 'left')
    const plain = hello.engine('hello')
    const leaving = `(sleep 600 & echo $! > ${file}); exec "$@"`
    await hello.applied({ ...plain, command: ['sh', '-c', leaving, 'sh', ...plain.command] })
    const left = Number(await readFile(file, 'utf8'))
    // Its parent from now on, which nobody else is: that takes notice of a child's end at once.
    const scan = await hello.world.run(['pgrep', '-f', `^s6-svscan ${supervisorPaths(hello.instance.state).scan}`])
    const status = await readFile(`/proc/${left}/status`, 'utf8')
    expect(/^PPid:\s+(\d+)$/m.exec(status)?.[1]).toBe(scan.stdout.trim())
    process.kill(left, 'SIGKILL')
    await expect.poll(() => existsSync(`/proc/${left}`), { interval: 10 }).toBe(false)
  })

  it('is said to run as s6-svstat says it: while it does, while it ends, and after its supervisor was killed', async () => {
    await hello.applied(hello.engine('hello'))
    const directory = hello.supervisor.directory('hello')
    const bySvstat = async () => {
      const { code, stdout } = await hello.world.run(['s6-svstat', '-o', 'up,pid', directory])
      const [up, pid] = stdout.trim().split(' ')
      return code === 0 && up === 'true' ? { up: true, pid: Number(pid) } : { up: false }
    }
    const byEdge = async () => {
      const { up, pid } = await hello.supervisor.status('hello')
      return { up, ...(pid === undefined ? {} : { pid }) }
    }
    expect(await byEdge()).toMatchObject({ up: true, pid: expect.any(Number) })
    expect(await byEdge()).toEqual(await bySvstat())
    // Its end lasts until somebody lets it go on.
    const finish = join(directory, 'finish')
    await writeFile(finish, '#!/bin/sh\nread -r line < go-on\n')
    await hello.world.run(['mkfifo', join(directory, 'go-on')])
    await hello.world.run(['s6-svc', '-d', directory])
    await expect.poll(byEdge).toEqual({ up: false })
    expect(await bySvstat()).toEqual({ up: false })
    await writeFile(join(directory, 'go-on'), 'on\n')
    await hello.supervisor.down('hello')
    await hello.supervisor.up('hello')
    await expect.poll(async () => (await byEdge()).up).toBe(true)
    expect(await byEdge()).toEqual(await bySvstat())
    const parent = await hello.world.run(['ps', '-o', 'ppid=', '-p', String(await hello.pid())])
    const scan = await hello.world.run(['pgrep', '-f', `^s6-svscan ${supervisorPaths(hello.instance.state).scan}`])
    for (const { stdout } of [scan, parent]) process.kill(Number(stdout.trim()), 'SIGKILL')
    await expect.poll(byEdge).toEqual({ up: false })
    expect(await bySvstat()).toEqual({ up: false })
    await hello.supervisor.start()
  })

  it('tells its supervisor again where that has no pipe yet', async () => {
    await hello.applied(hello.engine('hello'))
    const control = join(hello.supervisor.directory('hello'), 'supervise', 'control')
    await rename(control, `${control}.later`)
    const told = hello.supervisor.up('hello').then(() => 'taken', messageOf)
    await hello.world.sleep(300)
    await rename(`${control}.later`, control)
    expect(await told).toBe('taken')
  })

  it('takes it out only when its logger has ended, which writes until then into what is deleted', async () => {
    await hello.applied(hello.engine('hello'))
    const log = join(hello.supervisor.directory('hello'), 'log')
    const logger = Number((await hello.world.run(['s6-svstat', '-o', 'pid', log])).stdout)
    process.kill(logger, 'SIGSTOP')
    let isRemoved = false
    const removal = hello.supervisor.remove('hello').then(() => (isRemoved = true))
    const aside = hello.supervisor.directory('.hello')
    try {
      await expect.poll(() => stat(aside).then(() => 'aside', String)).toBe('aside')
      await expect.poll(async () => (await hello.world.run(['s6-svok', aside])).code).not.toBe(0)
      await hello.world.sleep(300)
      expect(isRemoved).toBe(false)
    } finally {
      process.kill(logger, 'SIGCONT')
    }
    await removal
    await expect(stat(aside)).rejects.toThrow('ENOENT')
  })

  it('runs after Ctrl-C in the middle of its restart', async () => {
    await hello.applied(hello.engine('hello'))
    const before = await hello.pid()
    const interrupted = new AbortController()
    const inAHurry = testWorld({ signal: interrupted.signal }).world
    const restarting = new Supervisor(supervisorPaths(hello.instance.state), inAHurry).restart('hello')
    interrupted.abort()
    await restarting
    await expect.poll(hello.said).toBe('hello world')
    expect(await hello.pid()).not.toBe(before)
  })

  it('comes back after kill -9, and the death is counted', async () => {
    await hello.applied(hello.engine('hello'))
    const before = await hello.pid()
    await hello.supervisor.signal('hello', 'SIGKILL')
    await expect
      .poll(async () => (await hello.pid()) !== before && (await hello.said()), { timeout: 10_000 })
      .toBe('hello world')
    expect((await hello.supervisor.status('hello')).restarts).toBe(1)
    expect(await hello.supervisor.lastEnd('hello')).toBe('by SIGKILL')
  })

  it('leaves no child behind when its master is killed', async () => {
    const parent = `require('node:child_process').spawn('sleep', ['1000'], { stdio: 'inherit' }); setInterval(() => 0, 1000)`
    const ready = { kind: 'command', command: ['pgrep', '-f', '^sleep 1000$'] } as const
    await hello.applied(hello.engine('hello', { command: [process.execPath, '-e', parent], environment: {}, ready }))
    const group = await hello.pid()
    // One that is dead and not yet reaped (Z) is gone.
    const children = async () => (await hello.world.run(['pgrep', '-g', String(group), '-r', 'R,S,D,T'])).stdout.trim()
    expect((await children()).split('\n')).toHaveLength(2)
    await hello.supervisor.signal('hello', 'SIGKILL')
    await expect.poll(children).toBe('')
  })

  it('is taken up again after kill -9 of the supervisor', async () => {
    await hello.applied(hello.engine('hello'))
    const scan = await hello.world.run(['pgrep', '-f', `^s6-svscan ${supervisorPaths(hello.instance.state).scan}`])
    process.kill(Number(scan.stdout.trim()), 'SIGKILL')
    await expect.poll(() => hello.supervisor.isRunning()).toBe(false)
    await hello.supervisor.start()
    expect(await hello.applied(hello.engine('hello'))).toEqual(['start'])
    expect(await hello.said()).toBe('hello world')
  })

  it(
    'is ended with its supervisor, even when it hangs in its own end and works elsewhere',
    { timeout: 30_000 },
    async () => {
      // Told to stop, it goes on; its folder is none of ours, as that of an API is.
      const stubborn = `process.chdir('/'); process.on('SIGTERM', () => undefined); setInterval(() => 0, 1000)`
      const ready = { kind: 'command', command: ['true'] } as const
      await hello.applied(
        hello.engine('hello', { command: [process.execPath, '-e', stubborn], environment: {}, ready }),
      )
      const orphan = await hello.pid()
      const supervisors = await hello.world.run([
        'pgrep',
        '-f',
        `^s6-(svscan|supervise).*(${hello.supervisor.directory('')}|hello)`,
      ])
      for (const one of supervisors.stdout.trim().split('\n')) process.kill(Number(one), 'SIGKILL')
      await expect.poll(() => hello.supervisor.isRunning()).toBe(false)
      await hello.supervisor.start()
      // Ended, or waiting to be noticed by a first process that is no init.
      expect((await hello.world.run(['ps', '-o', 'state=', '-p', String(orphan)])).stdout.trim()).toMatch(/^Z?$/)
    },
  )

  it('is stopped with everything else, and can be started again', async () => {
    await hello.applied(hello.engine('hello'))
    expect(await stopEverything([hello.engine('hello')], hello)).toBe(1)
    await expect(hello.said()).rejects.toThrow('fetch failed')
    await hello.supervisor.start()
    expect(await hello.applied(hello.engine('hello'))).toEqual(['start'])
  })
})
