import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, statfs } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Client } from 'pg'
import { type Alarm, boundariesOf, type Cause, type Causes, type HowFar } from '../../src/core/alarm.ts'
import { OperatorError } from '../../src/core/errors.ts'
import { ownNode } from '../../src/core/process.ts'
import type { World } from '../../src/core/world.ts'
import { connect, type PgAddress } from '../../src/engines/postgres.ts'

const [mebibyte, gibibyte] = [2 ** 20, 2 ** 30]

/** More than there are cores: whatever else the machine does, most of them are the database's. */
const busyPerCore = 8
/** A backend computes until it asks whether its client is there still: a killed drill leaves none of them. */
const endsWithin = "set client_connection_check_interval = '1s'"
/** Row by row: a function in FROM is written to temporary files first, and the disk would be full before a core is. */
const computes = 'select count(*) from (select generate_series(1, 1000000000000)) as numbers'

/** Has the database compute: each connection one core's worth. */
function busy(primary: () => Promise<PgAddress>, connections: number): Cause {
  const held: Client[] = []
  return {
    begin: async () => {
      const direct = await primary()
      for (let count = 0; count < connections; count++) {
        const client = await connect(direct, 'edge-drill')
        held.push(client)
        await client.query(endsWithin)
        // It ends with its connection: that is no error here.
        client.query(computes).catch(() => undefined)
      }
    },
    end: async () => {
      await Promise.all(held.splice(0).map((client) => client.end().catch(() => undefined)))
    },
  }
}

/** So much of what is free a scaled drill takes, and no more than that. */
const takes = { share: 1 / 8, atMost: 2 * gibibyte }
const bounded = (free: number): number => Math.min(free * takes.share, takes.atMost)

/**
 * Holds memory until its standard input ends, with this process at the latest. Where the machine runs out of it, the kernel
 * ends this one first, and nothing else.
 */
const holder = `
const { writeFileSync } = require('node:fs')
writeFileSync('/proc/self/oom_score_adj', '1000')
const held = []
for (let left = Number(process.argv[1]); left > 0; left -= 2 ** 26) held.push(Buffer.alloc(Math.min(left, 2 ** 26), 1))
process.stdout.write('held')
process.stdin.resume().on('end', () => process.exit(held.length === 0 ? 1 : 0))
`

function takesMemory(alarm: Pick<Alarm, 'fires'>, { real }: HowFar): Cause {
  const [{ at } = { at: 0 }] = boundariesOf(alarm, 'bytes')
  let taken = 0
  let child: ChildProcessWithoutNullStreams | undefined
  return {
    scaled: async (free) => {
      taken = bounded(free)
      return free - taken / 2
    },
    begin: async () => {
      if (real) taken = (await availableMemory()) - at + 64 * mebibyte
      child = spawn(ownNode, ['-e', holder, String(Math.round(taken))])
      const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'close')])
      if (String(said) !== 'held')
        throw new OperatorError('drill freeable-memory', 'the memory could not be taken', 'free -m')
    },
    end: async () => {
      if (!child || child.exitCode !== null) return
      const ended = once(child, 'close')
      child.stdin.end()
      await ended
    },
  }
}

async function availableMemory(): Promise<number> {
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1]
  return Number(kibibytes) * 1024
}

/** Less than this is left to nobody: PostgreSQL stops to write on a full disk. */
const leftOnDisk = gibibyte

/** Takes room on the disk, in one file that is never written to. */
function takesDisk(alarm: Pick<Alarm, 'fires'>, { real }: HowFar, folder: string): Cause {
  const [{ at } = { at: 0 }] = boundariesOf(alarm, 'bytes')
  const file = join(folder, '.drill-room')
  let taken = 0
  return {
    scaled: async (free) => {
      taken = bounded(free)
      return free - taken / 2
    },
    begin: async (world) => {
      const { bavail, bsize } = await statfs(folder)
      const free = bavail * bsize
      if (real) taken = free - at + 64 * mebibyte
      if (taken <= 0 || free - taken < leftOnDisk) {
        const what = `${Math.round((free - taken) / mebibyte)} MB would be left on the disk, and that is too little`
        throw new OperatorError('drill free-storage', what, 'without --real it takes less')
      }
      await must(world, ['fallocate', '--length', String(Math.round(taken)), file])
    },
    end: () => rm(file, { force: true }),
  }
}

type Operation = 'read' | 'write'
type Load = {
  /** The programs take turns at what each of them does. */
  readonly does: readonly Operation[]
  /** So many programs at once. */
  readonly atOnce: number
  /** Bytes of one operation. */
  readonly block: number
  /** Operations of one program's run; it ends within a second or so. */
  readonly operations: number
  /** A run begins this often at most. */
  readonly everyMs: number
}

const fileBytes = 256 * mebibyte

/** Reads or writes past the kernel's cache, again and again: each run of a program is short, and a killed drill's last one. */
function loadsDisk(folder: string, load: () => Load, scaled?: Cause['scaled']): Cause {
  const file = join(folder, '.drill-load')
  const stop = new AbortController()
  let running: Promise<unknown> = Promise.resolve()
  return {
    ...(scaled ? { scaled } : {}),
    begin: async (world) => {
      // What is only reserved is read without the disk.
      await must(world, [
        'dd',
        'if=/dev/zero',
        `of=${file}`,
        'bs=4M',
        `count=${fileBytes / (4 * mebibyte)}`,
        'oflag=direct',
      ])
      const { atOnce } = load()
      running = Promise.allSettled(
        Array.from({ length: atOnce }, (_, index) => again(world, file, load(), index, stop.signal)),
      )
    },
    end: async () => {
      stop.abort()
      await running
      await rm(file, { force: true })
    },
  }
}

async function again(
  world: World,
  file: string,
  { does, block, operations, everyMs }: Load,
  index: number,
  signal: AbortSignal,
) {
  while (!signal.aborted) {
    const begun = performance.now()
    const skipped = Math.floor(Math.random() * Math.max(1, fileBytes / block - operations))
    const sized = [`bs=${block}`, `count=${operations}`]
    const run =
      does[index % does.length] === 'read'
        ? (['dd', `if=${file}`, 'of=/dev/null', 'iflag=direct', `skip=${skipped}`, ...sized] as const)
        : (['dd', 'if=/dev/zero', `of=${file}`, 'oflag=direct', 'conv=notrunc', `seek=${skipped}`, ...sized] as const)
    await must(world, run)
    await world.sleep(Math.max(0, everyMs - (performance.now() - begun)))
  }
}

/** Small operations, a few hundred a second: to be seen, and hardly felt. With `real` as many as there have to be. */
function manyOperations(
  does: readonly Operation[],
  alarm: Pick<Alarm, 'fires'>,
  { real }: HowFar,
  folder: string,
): Cause {
  const [{ at } = { at: 0 }] = boundariesOf(alarm, 'count')
  let aSecond = 1.5 * at
  const load = (): Load => {
    const atOnce = real ? 4 : does.length
    return { does, atOnce, block: 4096, operations: Math.ceil(aSecond / atOnce), everyMs: 1000 }
  }
  return loadsDisk(folder, load, async (figure) => {
    aSecond = 400 + figure
    return figure + aSecond / 2
  })
}

/** More at once than the disk can do: each waits for the others. */
const large = (operation: Operation, atOnce: number) => (): Load => ({
  does: [operation],
  atOnce,
  block: 4 * mebibyte,
  operations: 32,
  everyMs: 0,
})

async function must(world: World, command: readonly [string, ...string[]]): Promise<void> {
  const ran = await world.run(command)
  if (ran.code !== 0) throw new OperatorError('drill', `${command[0]} failed: ${ran.stderr.trim()}`, 'df -h')
}

/** What makes the alarms about the machine under the database ring. `folder`: on its disk. */
export const loadCauses = (
  folder: string,
  primary: () => Promise<PgAddress>,
  /** So many connections compute for the alarm about processors. */
  computing = busyPerCore * availableParallelism(),
): Causes => ({
  databaseCpu: () => busy(primary, computing),
  freeableMemory: takesMemory,
  freeStorage: (alarm, how) => takesDisk(alarm, how, folder),
  readIops: (alarm, how) => manyOperations(['read'], alarm, how, folder),
  writeIops: (alarm, how) => manyOperations(['write'], alarm, how, folder),
  diskOperations: (alarm, how) => manyOperations(['read', 'write'], alarm, how, folder),
  readLatency: () => loadsDisk(folder, large('read', 16)),
  writeLatency: () => loadsDisk(folder, large('write', 16)),
  queueDepth: () => loadsDisk(folder, large('read', 8)),
})
