import { type Boundary, boundariesOf, type Ruled } from '../../src/core/alarm.ts'
import type { Running } from './endpoint.ts'
import { figureAt } from './figures.ts'
import { windowOf } from './render-rules.ts'

const looksEveryS = 15

export type Nearest = { readonly isBeyond: boolean; readonly says: string }

/**
 * How near what an alarm looks at came to its boundary within the last `withinMs`: tells a cause that did not cause enough
 * from an alarm that is not on its way. `scaledTo` is another boundary than the configured one. Undefined where Prometheus
 * has no figure of it, or no answer.
 */
export async function nearestTo(
  { prometheus, tls }: Pick<Running, 'prometheus' | 'tls'>,
  alarm: Ruled,
  scaledTo: number | undefined,
  withinMs: number,
): Promise<Nearest | undefined> {
  const [last] = boundariesOf(alarm, alarm.local.unit).slice(-1)
  if (!last) return undefined
  const boundary = { ...last, at: scaledTo ?? last.at }
  const figure = await figureAt(prometheus, tls, extremeOf(alarm, boundary, withinMs)).catch(() => undefined)
  return figure === undefined || !Number.isFinite(figure) ? undefined : nearest(figure, boundary)
}

function extremeOf({ local, period }: Ruled, { side }: Boundary, withinMs: number): string {
  const extreme = side === 'above' ? 'max' : 'min'
  return `${extreme}_over_time((${local.expression(windowOf(period))})[${Math.ceil(withinMs / 1000)}s:${looksEveryS}s])`
}

export function nearest(figure: number, { side, at }: Boundary): Nearest {
  const isBeyond = side === 'above' ? figure > at : figure < at
  const most = side === 'above' ? 'at most' : 'at least'
  return { isBeyond, says: `it was ${most} ${shown(figure)}, and rings ${side} ${shown(at)}` }
}

const shown = (figure: number): string => String(Number(figure.toPrecision(4)))
