import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readlink, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { OperatorError } from '../../core/errors.ts'
import type { Engine, RenderedFile } from '../../core/plan.ts'
import { sendSignal, signalIfThere } from '../../core/process.ts'
import type { Command, RunOptions, World } from '../../core/world.ts'
import { isAsRendered, makePrivateDirectory, readText, writeAtomically } from './files.ts'
import { supervisedEnvironment } from './processes.ts'
import { runningIn } from './s6-running.ts'

/** Where s6 keeps its services, and where their output goes. */
export type SupervisorPaths = { readonly scan: string; readonly logs: string; readonly home: string }

export const supervisorPaths = (state: string): SupervisorPaths => ({
  scan: join(state, 's6'),
  logs: join(state, 'logs'),
  home: state,
})

export type ServiceStatus = {
  readonly up: boolean
  readonly pid?: number
  /** Deaths that nobody asked for, since the supervisor was started. */
  readonly restarts: number
  /** How it ended last, in words; undefined while it runs. */
  readonly ended?: string
}

/** A service is told to stop within this time, and killed by s6 after its own. */
const whole: RunOptions = { uninterrupted: true, timeoutMs: 90_000 }

const keptLogs = { files: 5, bytes: 5_000_000 }

/** No engine that ends again and again waits longer for its next start. */
export const longestPauseSeconds = 5

/** From the third death within a minute on, an engine that cannot start waits longer each time, and leaves the cores alone. */
const finish = `#!/bin/sh
# Children outlive a master that was killed: nginx's workers would go on with its port and its old configuration.
read -r group < group && kill -KILL "-$group" 2>/dev/null
# One that was told to stop did not die, and its successor need not wait.
if [ "$(s6-svstat -o wantedup .)" != true ]; then exit 0; fi
read -r last streak total 2>/dev/null < deaths || { last=0 streak=0 total=0; }
now=$(date +%s)
if [ $((now - last)) -lt 60 ]; then streak=$((streak + 1)); else streak=1; fi
echo "$now $streak $((total + 1))" > deaths
if [ $streak -gt 2 ]; then sleep $((streak > ${longestPauseSeconds} ? ${longestPauseSeconds} : streak)); fi
`

/**
 * s6-svscan takes notice when a process ends that its parent has left to it. So is PostgreSQL, and for Patroni one that was killed
 * runs until somebody did: PID 1 does it at once, after up to 2 s (measured in a virtual machine that a container's init
 * runs), or never. 157 is prctl, and 36 PR_SET_CHILD_SUBREAPER, on x86_64; perl is on every Debian.
 */
const reaping = 'syscall(157, 36, 1, 0, 0, 0); exec { $ARGV[0] } @ARGV'

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

/** The files of one service directory, relative to it. A pure function: the same engine gives the same text. */
export function serviceFiles(engine: Engine, paths: SupervisorPaths): readonly RenderedFile[] {
  const command = engine.command.map(quote).join(' ')
  const environment = Object.entries(engine.environment ?? {})
  const run = [
    '#!/bin/sh',
    // For `finish`: every child that does not leave it is in the group of this process.
    'echo $$ > group',
    // Patroni hands its standard input on to PostgreSQL, whose orphans would keep the shared memory after a kill -9.
    'exec </dev/null 2>&1',
    ...(engine.leftovers === undefined ? [] : [`rm -f ${engine.leftovers.map(quote).join(' ')}`]),
    ...(engine.cwd === undefined ? [] : [`cd ${quote(engine.cwd)} || exit 111`]),
    // Without pdeathsig a killed supervisor leaves an orphan that holds the port against its successor.
    `exec s6-envdir -n ${quote(join(paths.scan, engine.name, 'environment'))} setpriv --pdeathsig TERM -- ${command}`,
    '',
  ].join('\n')
  return [
    { path: 'run', content: run, mode: 0o700 },
    { path: 'finish', content: finish, mode: 0o700 },
    { path: 'down-signal', content: `${engine.stop}\n` },
    { path: 'timeout-kill', content: `${engine.stopWithin.milliseconds}\n` },
    { path: 'timeout-finish', content: '0\n' },
    // s6-envdir reads one line, and turns NUL into a new one; -n leaves blanks at the end alone.
    ...environment.map(([name, value]) => ({
      path: `environment/${name}`,
      content: `${value.replaceAll('\n', '\0')}\n`,
    })),
    {
      path: 'log/run',
      content: `#!/bin/sh\nexec s6-log n${keptLogs.files} s${keptLogs.bytes} T ${quote(join(paths.logs, engine.name))}\n`,
      mode: 0o700,
    },
  ]
}

/** In the words of s6-svstat: -1 is no exit code, NA no signal. */
function endOf(code: string | undefined, signal: string | undefined): { readonly ended?: string } {
  if (code !== undefined && code !== '-1') return { ended: `with exit code ${code}` }
  return signal === undefined || signal === 'NA' ? {} : { ended: `by ${signal}` }
}

/** One s6 supervision tree: started once, outlives the program, talks through `s6-svc`. */
export class Supervisor {
  readonly #paths: SupervisorPaths
  readonly #world: World

  constructor(paths: SupervisorPaths, world: World) {
    this.#paths = paths
    this.#world = world
  }

  directory(name: string): string {
    return join(this.#paths.scan, name)
  }

  async isRunning(): Promise<boolean> {
    return (await this.#try(['s6-svscanctl', '-a', this.#paths.scan])) === 0
  }

  /** Names of the services that there are, running or not. */
  async services(): Promise<readonly string[]> {
    const entries = await readdir(this.#paths.scan, { withFileTypes: true }).catch(() => [])
    return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map((entry) => entry.name)
  }

  /**
   * Starts s6-svscan where it does not run. Services of an earlier one are taken down first: after a kill -9 of
   * s6-svscan their supervisors go on as orphans, hold their locks, and would refuse the new ones.
   */
  async start(): Promise<void> {
    if (await this.isRunning()) return
    await this.#clear()
    await makePrivateDirectory(this.#paths.scan)
    await makePrivateDirectory(this.#paths.logs)
    const child = spawn('perl', ['-e', reaping, 's6-svscan', this.#paths.scan], {
      detached: true,
      stdio: 'ignore',
      cwd: this.#paths.scan,
      env: supervisedEnvironment(this.#paths.home),
    })
    await Promise.race([once(child, 'spawn'), once(child, 'error').then(([error]) => Promise.reject(error))])
    child.unref()
    await this.#until(() => this.isRunning(), 5000, 'the supervisor s6-svscan', 'does not answer')
  }

  /** Ends every service and the tree: level after level, and within one all at once. */
  async stop(levels: readonly (readonly string[])[]): Promise<void> {
    for (const level of levels) await Promise.all(level.map((name) => this.down(name)))
    if (await this.isRunning()) await this.#try(['s6-svscanctl', '-t', this.#paths.scan])
    await this.#until(async () => !(await this.isRunning()), 10_000, 'the supervisor s6-svscan', 'does not end')
    await this.#clear()
  }

  async status(name: string): Promise<ServiceStatus> {
    const directory = this.directory(name)
    // On a machine where s6 is still to be installed, too, it can be said that nothing runs.
    if (!(await stat(directory).catch(() => undefined))) return { up: false, restarts: 0 }
    const [running, deaths] = await Promise.all([runningIn(directory), readText(join(directory, 'deaths'))])
    const [, , total] = (deaths ?? '').trim().split(' ')
    const restarts = Number(total ?? 0)
    if (running !== undefined) return { up: true, pid: running, restarts }
    const ran = await this.#world.run(['s6-svstat', '-o', 'up,pid,exitcode,signal', directory])
    const [up, pid, code, signal] = ran.stdout.trim().split(' ')
    const alive = ran.code === 0 && up === 'true'
    return {
      up: alive,
      ...(alive ? { pid: Number(pid) } : {}),
      restarts,
      ...(alive || ran.code !== 0 ? {} : endOf(code, signal)),
    }
  }

  /** The services that run: the number of each one's process, with its name. */
  async running(): Promise<ReadonlyMap<number, string>> {
    const names = await this.services()
    const pids = await Promise.all(names.map(async (name) => (await this.status(name)).pid))
    return new Map(names.flatMap((name, index) => (pids[index] === undefined ? [] : [[pids[index], name] as const])))
  }

  /** How it ended last, in words, whether it runs again or not; undefined where it never ended under this supervisor. */
  async lastEnd(name: string): Promise<string | undefined> {
    const { stdout } = await this.#world.run(['s6-svdt', this.directory(name)])
    const [, kind, how] = (stdout.trim().split('\n').at(-1) ?? '').split(' ')
    return kind === 'exitcode' ? endOf(how, undefined).ended : endOf(undefined, how).ended
  }

  /** True when the service directory is what the engine renders to. */
  async isAsRendered(engine: Engine): Promise<boolean> {
    const directory = this.directory(engine.name)
    const files = serviceFiles(engine, this.#paths)
    const same = await Promise.all(files.map((file) => isAsRendered({ ...file, path: join(directory, file.path) })))
    const variables = await readdir(join(directory, 'environment')).catch(() => [])
    return same.every(Boolean) && variables.length === Object.keys(engine.environment ?? {}).length
  }

  /** Writes the service and brings it up: a new one appears as a whole, a known one is taken down first. */
  async install(engine: Engine): Promise<void> {
    await makePrivateDirectory(join(this.#paths.logs, engine.name))
    const directory = this.directory(engine.name)
    if (await this.#exists(engine.name)) {
      await this.#downAndUp(engine.name, async () => {
        await rm(join(directory, 'environment'), { recursive: true, force: true })
        await this.#write(engine, directory)
      })
      return
    }
    // s6-svscan passes over names that begin with a dot, so that it never meets half a service.
    const aside = this.directory(`.${engine.name}`)
    await rm(aside, { recursive: true, force: true })
    await rm(directory, { recursive: true, force: true })
    await this.#write(engine, aside)
    await rename(aside, directory)
    await this.#run(['s6-svscanctl', '-a', this.#paths.scan])
    await this.#until(() => this.#exists(engine.name), 5000, engine.name, 'is not taken up by its supervisor')
  }

  async up(name: string): Promise<void> {
    await this.#run(this.#up(name))
  }

  /** Stops a service and waits for its end and that of `finish`; after its `stopWithin` s6 kills it. */
  async down(name: string): Promise<void> {
    if (await this.#exists(name)) await this.#run(this.#down(name))
  }

  #up(name: string): Command {
    return ['s6-svc', '-u', this.directory(name)]
  }

  #down(name: string): Command {
    return ['s6-svc', '-wD', '-T', '60000', '-d', this.directory(name)]
  }

  async restart(name: string): Promise<void> {
    await this.#downAndUp(name)
  }

  /** Whole or not at all: after Ctrl-C in the middle the service would stay down until the next command. */
  async #downAndUp(name: string, meanwhile: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    await this.#run(this.#down(name), whole)
    await meanwhile()
    await this.#run(this.#up(name), whole)
  }

  async signal(name: string, signal: string): Promise<void> {
    const { pid } = await this.status(name)
    if (pid === undefined) throw new OperatorError(name, 'does not run', `edge logs ${name}`)
    sendSignal(pid, signal)
  }

  /** Stops a service for good and forgets it; its data and its log stay. */
  async remove(name: string): Promise<void> {
    await this.down(name)
    const aside = this.directory(`.${name}`)
    await rm(aside, { recursive: true, force: true })
    await rename(this.directory(name), aside)
    await this.#run(['s6-svscanctl', '-an', this.#paths.scan])
    await this.#gone(aside)
    // The supervisor of its logger ends a moment later, and writes until then into what is deleted here.
    await this.#gone(join(aside, 'log'))
    await rm(aside, { recursive: true, force: true })
  }

  /** Ends supervisors that no s6-svscan looks after any more, and empties the scan directory. */
  async #clear(): Promise<void> {
    const directories = (await this.services()).map((name) => this.directory(name))
    await Promise.all(directories.map((directory) => this.#endOrphan(directory)))
    // Their loggers last: they write down what the services say while they stop.
    await Promise.all(directories.map((directory) => this.#endOrphan(join(directory, 'log'))))
    await Promise.all(directories.map((directory) => this.#endGroup(directory)))
    await this.#endStrays()
    await rm(this.#paths.scan, { recursive: true, force: true })
  }

  /**
   * Ends a service that outlived its supervisor: told to stop by the death of that one, it may hang in its own end (seen
   * of Node 24, rarely), and nobody is left who would kill it.
   */
  async #endGroup(directory: string): Promise<void> {
    const file = join(directory, 'group')
    const group = Number((await readText(file))?.trim())
    if (!(group > 1) || !(await startedWith(group, file))) return
    signalIfThere(-group, 'SIGTERM')
    const deadline = Date.now() + 10_000
    while ((await startedWith(group, file)) && Date.now() < deadline) await this.#world.sleep(50)
    // The kernel takes a moment to end what was killed; a port that is held until then would stop the next start.
    while (await startedWith(group, file)) {
      signalIfThere(-group, 'SIGKILL')
      await this.#world.sleep(50)
    }
  }

  /**
   * Ends what still works in a service's directory with no supervisor left: the children of a master that was killed
   * together with its supervisor. PostgreSQL works in its data directory and is not among them.
   */
  async #endStrays(): Promise<void> {
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const directory = await readlink(`/proc/${pid}/cwd`).catch(() => '')
      if (directory.startsWith(`${this.#paths.scan}/`)) signalIfThere(Number(pid), 'SIGKILL')
    }
  }

  async #endOrphan(directory: string): Promise<void> {
    await this.#try(['s6-svc', '-dx', directory])
    await this.#gone(directory)
  }

  /** The supervisor of this directory, which is a service's or its logger's, has ended. */
  async #gone(directory: string): Promise<void> {
    await this.#until(
      async () => (await this.#try(['s6-svok', directory])) !== 0,
      60_000,
      directory,
      'its supervisor does not end',
    )
  }

  async #write(engine: Engine, directory: string): Promise<void> {
    await Promise.all(
      ['environment', 'log'].map((name) => mkdir(join(directory, name), { recursive: true, mode: 0o700 })),
    )
    for (const file of serviceFiles(engine, this.#paths)) {
      await writeAtomically(join(directory, file.path), file.content, file.mode)
    }
  }

  async #exists(name: string): Promise<boolean> {
    return (await this.#try(['s6-svok', this.directory(name)])) === 0
  }

  async #try(command: Command): Promise<number | null> {
    return (await this.#world.run(command)).code
  }

  /**
   * A new supervisor holds its lock, which is all that s6-svok asks for, before it makes its pipe; it opens that, closes
   * it and opens it for good (s6 2.11, seen for up to 120 ms on a busy machine). One that was there a moment ago may
   * refuse a command, and takes it when it is told again.
   */
  async #run(command: Command, options: RunOptions = {}): Promise<void> {
    const deadline = Date.now() + 5000
    let ran = await this.#world.run(command, options)
    while (ran.code !== 0 && isStillStarting(ran.stderr) && Date.now() < deadline) {
      await wait(20)
      ran = await this.#world.run(command, options)
    }
    if (ran.code !== 0) {
      throw new OperatorError(command.join(' '), `ended with ${ran.code}: ${ran.stderr.trim()}`, 'edge status')
    }
  }

  async #until(condition: () => Promise<boolean>, withinMs: number, where: string, what: string): Promise<void> {
    const deadline = Date.now() + withinMs
    while (!(await condition())) {
      if (Date.now() > deadline) throw new OperatorError(where, `${what} within ${withinMs / 1000} s`, 'edge status')
      await this.#world.sleep(20)
    }
  }
}

/** What s6-svc says of a supervisor that has no pipe yet, or does not read it yet. */
const isStillStarting = (said: string): boolean =>
  said.includes('supervisor not listening') || /supervise directory: No such file or directory/.test(said)

/** Whether a process runs that was started when the file was written: its number may be another one's by now. */
async function startedWith(pid: number, file: string): Promise<boolean> {
  const [status, machine, written] = await Promise.all([
    readText(`/proc/${pid}/stat`).catch(() => undefined),
    readText('/proc/stat'),
    stat(file).catch(() => undefined),
  ])
  if (status === undefined || written === undefined) return false
  // Fields are counted after the name, which may have blanks in it: the state is the third, the start the 22nd.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ')
  // It ended, and nobody has taken notice yet: in a container whose first process is no init, nobody ever will.
  if (fields[3 - 3] === 'Z') return false
  const ticks = Number(fields[22 - 3])
  const bootSeconds = Number(/^btime (\d+)$/m.exec(machine ?? '')?.[1])
  const [ticksPerSecond, roundingMs] = [100, 2000]
  return Math.abs((bootSeconds + ticks / ticksPerSecond) * 1000 - written.mtimeMs) < roundingMs
}
