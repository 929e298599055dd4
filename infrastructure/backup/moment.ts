import { exit, OperatorError } from '../../src/core/errors.ts'

const example = "'2026-01-31 12:00:00+00'"

/** To the microsecond, as PostgreSQL counts: a Date ends with the milliseconds, and rows are committed within one. */
class Moment extends Date {
  /** The digits after the milliseconds; none where all of them are zero. */
  readonly beyond: string

  constructor(time: string, digits = '') {
    super(time)
    this.beyond = digits.slice(3).replace(/^0+$/, '')
  }
}

/** A moment as PostgreSQL and pgBackRest read it, in UTC. */
export const inUtc = (at: Date): string =>
  `${at.toISOString().slice(0, 23).replace('T', ' ')}${at instanceof Moment ? at.beyond : ''}+00`

/**
 * The moment that an operator names, with its zone: two people may read a time without one in two ways. Now, where none is
 * named. Throws OperatorError for anything else, and for what is still to come.
 */
export function momentOf(text: string | undefined, now: Date): Date {
  if (text === undefined) return now
  const match =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.(\d{1,6}))?)?))?\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?$/i.exec(
      text.trim(),
    )
  if (!match) throw refused(`"${text}" is not a time`)
  const [, day, time, digits, zone] = match
  if (time === undefined) throw refused(`"${text}" has no time of day`)
  if (zone === undefined) throw refused(`"${text}" has no zone`)
  const moment = new Moment(`${day}T${time.length === 5 ? `${time}:00` : time}${isoZone(zone)}`, digits)
  // A day that its month has not would become one of the next month.
  if (Number.isNaN(moment.getTime()) || !isDay(day ?? '')) throw refused(`"${text}" is no day or no time that there is`)
  if (moment > now) throw refused(`"${text}" is still to come (it is ${now.toISOString()})`)
  return moment
}

const refused = (what: string): OperatorError =>
  new OperatorError('--to', what, `say it with its zone: ${example}`, exit.usage)

function isoZone(zone: string): string {
  if (/^(z|utc)$/i.test(zone)) return 'Z'
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0')
  return `${zone[0]}${digits.slice(0, 2)}:${digits.slice(2)}`
}

function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}
