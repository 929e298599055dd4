/**
 * Quantities with their units, parsed in this one place.
 *
 * Memory and storage are binary (256 MB = 256 · 1024² bytes, as CloudWatch's byte thresholds are set by the field);
 * durations are milliseconds inside; percentages run from 0 to 100.
 */

export const dayMs = 24 * 3_600_000

const durationUnits = {
  ms: 1,
  millisecond: 1,
  milliseconds: 1,
  s: 1000,
  second: 1000,
  seconds: 1000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  day: dayMs,
  days: dayMs,
  week: 604_800_000,
  weeks: 604_800_000,
} as const

const byteUnits = { B: 1, kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 } as const

/** What a configuration file may say for a time: `'300 seconds'`, `'1.5 hours'`. */
export type DurationText = `${number} ${keyof typeof durationUnits}`
/** What a configuration file may say for memory or storage: `'256 MB'`, `'1 TB'`. */
export type BytesText = `${number} ${keyof typeof byteUnits}`

export type Duration = { readonly kind: 'duration'; readonly milliseconds: number }
export type Bytes = { readonly kind: 'bytes'; readonly bytes: number }
export type Percent = { readonly kind: 'percent'; readonly percent: number }
export type Count = { readonly kind: 'count'; readonly count: number; readonly of: string }
export type Quantity = Duration | Bytes | Percent | Count

/** Why a text is no quantity, in words for the person who wrote it; `example` is a text that would have been right. */
export class UnitError extends Error {
  override readonly name = 'UnitError'
  readonly example: string
  constructor(message: string, example: string) {
    super(message)
    this.example = example
  }
}

function parse<Unit extends string>(
  text: string,
  units: Record<Unit, number>,
  usual: NoInfer<Unit>,
  what: string,
): number {
  const match = /^\s*(-?(?:\d+(?:\.\d+)?|\.\d+))\s*([A-Za-z%]*)\s*$/.exec(text)
  const number = match?.[1]
  const unit = match?.[2]
  if (number === undefined || unit === undefined) throw new UnitError(`"${text}" is not ${what}`, `10 ${usual}`)
  if (unit === '') throw new UnitError(`"${text}" has no unit`, `${number} ${usual}`)
  if (!isUnit(unit, units)) {
    throw new UnitError(
      `"${text}" has an unknown unit; known are ${Object.keys(units).join(', ')}`,
      `${number} ${usual}`,
    )
  }
  const value = Number(number) * units[unit]
  if (value < 0) throw new UnitError(`"${text}" is negative`, `${number.slice(1)} ${unit}`)
  return value
}

function isUnit<Unit extends string>(unit: string, units: Record<Unit, number>): unit is Unit {
  return Object.hasOwn(units, unit)
}

/** Parses `'300 seconds'`, fractions included. Throws UnitError. */
export function parseDuration(text: string): Duration {
  const value = parse(text, durationUnits, 'seconds', 'a time')
  // The digits that a number holds for certain: to JavaScript 1.1 hours are 3960.0000000000005 seconds.
  return { kind: 'duration', milliseconds: Number(value.toPrecision(15)) }
}

/** Parses `'256 MB'`, fractions included, to bytes (binary). Throws UnitError. */
export function parseBytes(text: string): Bytes {
  return { kind: 'bytes', bytes: Math.round(parse(text, byteUnits, 'MB', 'a size')) }
}

export const duration = (text: DurationText): Duration => parseDuration(text)
export const milliseconds = (value: number): Duration => ({ kind: 'duration', milliseconds: value })
export const bytes = (text: BytesText): Bytes => parseBytes(text)
export const percent = (value: number): Percent => ({ kind: 'percent', percent: value })
export const count = (value: number, of: string): Count => ({ kind: 'count', count: value, of })

export const seconds = (time: Duration): number => time.milliseconds / 1000
/** Milliseconds as a figure in seconds, to a tenth. */
export const roundedSeconds = (ms: number): number => Math.round(ms / 100) / 10
/** Milliseconds as a person reads them: `1.2 s`. */
export const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
/** A time in ISO's form as a person reads it: `2026-11-23 14:05 UTC`. */
export const minuteOf = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`
export const mebibytes = (size: Bytes): number => size.bytes / 1024 ** 2
export const gibibytes = (size: Bytes): number => size.bytes / 1024 ** 3

/** The number inside, in the kind's base unit (milliseconds, bytes, percent, count): for comparing two of one kind. */
export function magnitude(quantity: Quantity): number {
  switch (quantity.kind) {
    case 'duration':
      return quantity.milliseconds
    case 'bytes':
      return quantity.bytes
    case 'percent':
      return quantity.percent
    case 'count':
      return quantity.count
  }
}

const durationSteps = [
  ['days', dayMs],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const
const byteSteps = [
  ['TB', 1024 ** 4],
  ['GB', 1024 ** 3],
  ['MB', 1024 ** 2],
  ['kB', 1024],
] as const

function format(value: number, steps: readonly (readonly [string, number])[], base: string): string {
  for (const [unit, size] of steps) {
    if (value >= size) return value === size && unit === 'days' ? '1 day' : `${round(value / size)} ${unit}`
  }
  return `${round(value)} ${base}`
}

function round(value: number): string {
  return String(Number(value.toFixed(Math.abs(value) < 10 ? 2 : 1)))
}

const units = { ...durationUnits, ...byteUnits }

export type UnitName = keyof typeof units

/** A time or a size as a configuration file may say it: `300 seconds`. */
export const inUnit = (value: Quantity, unit: UnitName): string => `${magnitude(value) / units[unit]} ${unit}`

/** A quantity as a person reads it: `365 days`, `500 ms`, `256 MB`, `99 %`, `5 users`. */
export function show(quantity: Quantity): string {
  switch (quantity.kind) {
    case 'duration':
      return format(quantity.milliseconds, durationSteps, 'ms')
    case 'bytes':
      return format(quantity.bytes, byteSteps, 'B')
    case 'percent':
      return `${round(quantity.percent)} %`
    case 'count':
      return `${quantity.count} ${quantity.of}`.trim()
  }
}
