import type { Guarantee, Promised } from './guarantee.ts'
import { type Duration, magnitude, type Quantity } from './units.ts'
import type { World } from './world.ts'

/** What one of a target's figures is worth: milliseconds on CloudFront, seconds on RDS and in Prometheus. */
export type FigureUnit = keyof typeof inBase

/** How many of a quantity's base unit (milliseconds, bytes, percent, count) one of a figure is. */
const inBase = { milliseconds: 1, seconds: 1000, bytes: 1, percent: 1, count: 1 } as const

const kindOf: Readonly<Record<FigureUnit, Quantity['kind']>> = {
  milliseconds: 'duration',
  seconds: 'duration',
  bytes: 'bytes',
  percent: 'percent',
  count: 'count',
}

/** CloudWatch's own figure. */
type CloudWatchFigure = {
  readonly name: string
  readonly statistic: string
  readonly unit: FigureUnit
  /** Figures of the same thing that are added to it. */
  readonly plus?: readonly string[]
  /** A figure that has a point whenever these may have one: where they have none beside it, they are 0. */
  readonly measuredWith?: string
}

/** Prometheus's figure: an expression of one value without labels, over a window such as `5m`. */
type PrometheusFigure = {
  readonly expression: (window: string) => string
  readonly unit: FigureUnit
  /** What rings goes on while this has a value: an end of the figure alone is no all-clear. */
  readonly unwell?: string
  /** That fires, too, while this has a value: whoever gives the figure answers, and has not given it, or a part of it, for a minute. */
  readonly missing?: string
}

/** What a room measures, and when somebody is called about it: all but the bound, which the promise has. */
export type Measured = {
  /** The name of that promise: `cdnErrors`; or a promise of the room's own, with its bound. */
  readonly promise: string | Guarantee
  /** CloudWatch's own measurement of it. */
  readonly metric: CloudWatchFigure
  /** The same, measured on this machine. */
  readonly local: PrometheusFigure
  /** The promise is a share of this; without it, its bound is a figure of its own. `allIops`: of reads and writes together. */
  readonly shareOf?: 'iops' | 'allIops'
  /** How long each measurement takes. */
  readonly period: Duration
  /** So many measurements in a row have to be beyond the boundary. */
  readonly periods: number
  /** What it means when nothing was measured: nobody asked, or nobody can answer. */
  readonly silence: 'fine' | 'fires'
  /** What it means for the site, in a sentence. */
  readonly means: string
  /** The command that shows more. */
  readonly look: string
  /** The same on AWS, where that is another one. */
  readonly lookOnAws?: string
  /** What to do, step by step: a file below `docs/runbooks`. */
  readonly runbook: string
}

/**
 * What is measured on AWS alone: this machine has a rule of its own for it, or none. `stays`: where nothing was measured, it
 * goes on as it was: what was not tried has not been seen to work again.
 */
export type MeasuredOnAws = Omit<Measured, 'local' | 'silence'> & { readonly silence: Measured['silence'] | 'stays' }

/** When somebody is called: one value, which every target renders in its own words. */
export type Alarm = Omit<Measured, 'promise' | 'shareOf'> & {
  /** The guarantee that this alarm keeps: `monitoring.cdnErrors`. */
  readonly id: string
  /** The last word of its id: `cdnErrors`. */
  readonly name: string
  readonly says: Promised['says']
  /** Where it begins; the boundary itself is still good. */
  readonly fires:
    | { readonly above: Quantity }
    | { readonly below: Quantity }
    | { readonly outside: readonly [Quantity, Quantity] }
}

/** An alarm as this machine has it: CloudWatch may have another one, or none. */
export type Ruled = Omit<Alarm, 'metric'>

/** One boundary of an alarm, with the number as a figure has it. */
export type Boundary = { readonly side: 'above' | 'below'; readonly at: number }

/** The boundaries of an alarm, in the unit of a figure: one, or two where it fires outside of a range. */
export function boundariesOf({ fires }: Pick<Alarm, 'fires'>, unit: FigureUnit): readonly Boundary[] {
  if ('above' in fires) return [{ side: 'above', at: figureOf(fires.above, unit) }]
  if ('below' in fires) return [{ side: 'below', at: figureOf(fires.below, unit) }]
  const [lowest, highest] = fires.outside
  return [
    { side: 'below', at: figureOf(lowest, unit) },
    { side: 'above', at: figureOf(highest, unit) },
  ]
}

/** What is beyond the lower end of a range is seen in the lowest figure, as what is beyond the upper one in the highest. */
export const statisticAt = (
  { fires, metric }: Pick<Alarm, 'fires'> & { readonly metric: Pick<CloudWatchFigure, 'statistic'> },
  side: Boundary['side'],
): string => ('outside' in fires && side === 'below' && metric.statistic === 'Maximum' ? 'Minimum' : metric.statistic)

/** A quantity as a figure has it. Throws where the figure is of another kind. */
export function figureOf(value: Quantity, unit: FigureUnit): number {
  if (value.kind !== kindOf[unit]) throw new Error(`a ${value.kind} has no figure in ${unit}`)
  return magnitude(value) / inBase[unit]
}

/** The real cause of an alarm, made for a drill. */
export type Cause = {
  /** Begins it, and goes on with it until `end`; ends by itself with this process, or is undone by `end` of another one. */
  readonly begin: (world: World) => Promise<void>
  /** Takes it back; changes nothing where there is nothing to take back. */
  readonly end: (world: World) => Promise<void>
  /**
   * Where the real boundary would take from visitors what they need: another one that this cause gets beyond, on the same
   * side. It is asked before `begin`; `figure` is what the alarm looks at now.
   */
  readonly scaled?: (figure: number) => Promise<number>
  /** Nobody waits as long as the real boundary asks for: it is scaled in each drill. */
  readonly isNeverReal?: boolean
  /** So long the alarm waits at the scaled boundary, where nobody waits for as long as it does at the real one. */
  readonly waits?: Duration
}

/** How far a drill may go: `real` takes what the real boundary asks for. */
export type HowFar = { readonly real: boolean }

/** What scales the boundary in a drill; undefined where that is the real one. */
export const scaleOf = ({ scaled, isNeverReal = false }: Cause, { real }: HowFar): Cause['scaled'] =>
  real && !isNeverReal ? undefined : scaled

/** The causes that rooms can make, by the promise of the alarm. */
export type Causes = Readonly<Record<string, (alarm: Pick<Alarm, 'fires'>, how: HowFar) => Cause>>
