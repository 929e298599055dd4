import { OperatorError } from '../../core/errors.ts'
import type { Engine } from '../../core/plan.ts'
import type { World } from '../../core/world.ts'
import { readText } from './files.ts'
import { listeners, socketsOf } from './listening.ts'
import type { Supervisor } from './s6.ts'

type Reloadable = Pick<Engine, 'name' | 'reload' | 'readyWithin'>

/**
 * Has an engine read its files anew: without a restart where it can. One that hands over to new processes is done when
 * none of those before serves any more: for a moment both do, and a visitor (or a check) may meet either.
 * Throws OperatorError where it goes on with what it had.
 */
export async function reload(engine: Reloadable, supervisor: Supervisor, world: World): Promise<void> {
  if (!engine.reload) return supervisor.restart(engine.name)
  const { signal, first, retired } = engine.reload
  const { pid } = await supervisor.status(engine.name)
  const before = retired && pid !== undefined ? await children(pid) : []
  await first?.()
  await supervisor.signal(engine.name, signal)
  if (retired) await Promise.all(before.map((child) => untilRetired(child, retired, engine, world)))
}

async function children(pid: number): Promise<readonly number[]> {
  const list = await readText(`/proc/${pid}/task/${pid}/children`)
  return (list ?? '').split(' ').filter(Boolean).map(Number)
}

type Retired = NonNullable<NonNullable<Engine['reload']>['retired']>

async function untilRetired(pid: number, retired: Retired, engine: Reloadable, world: World): Promise<void> {
  const { milliseconds } = engine.readyWithin
  const deadline = Date.now() + milliseconds
  while (await serves(pid, retired)) {
    if (Date.now() > deadline) {
      const what = `goes on with the configuration that it had, ${milliseconds / 1000} s after it was told`
      throw new OperatorError(engine.name, what, `edge logs ${engine.name} says why`)
    }
    await world.sleep(20)
  }
}

async function serves(pid: number, retired: Retired): Promise<boolean> {
  if (retired === 'listens no more') {
    const [waiting, own] = await Promise.all([listeners(), socketsOf(String(pid))])
    return waiting.some(({ inode }) => own.has(inode))
  }
  // It may end between the opening and the reading of the file.
  const padded = await readText(`/proc/${pid}/cmdline`).catch(() => undefined)
  const title = (padded ?? '').replaceAll('\0', '')
  // That of a process that has ended, and whose end nobody has taken notice of, is empty.
  return title !== '' && !retired.test(title)
}
