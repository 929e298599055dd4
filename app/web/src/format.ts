const days = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
const shortDays = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
const daysOfYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const weekdays = new Intl.DateTimeFormat('en-GB', { weekday: 'long', timeZone: 'UTC' })
const numbers = new Intl.NumberFormat('en-GB')

/** 16 June 2022 */
export const longDay = (day: string): string => days.format(new Date(`${day}T00:00:00Z`))
/** 16 Jun 2022 */
export const shortDay = (day: string): string => shortDays.format(new Date(`${day}T00:00:00Z`))
/** 16 Jun */
export const dayAndMonth = (day: string): string => daysOfYear.format(new Date(`${day}T00:00:00Z`))
/** Thursday */
export const weekday = (day: string): string => weekdays.format(new Date(`${day}T00:00:00Z`))
/** 43,510 */
export const count = (number: number): string => numbers.format(number)

/** Whole per cent of two chances that make 1 together, so that what is shown makes 100 as well. */
export function percents(home: number): readonly [home: number, away: number] {
  const rounded = Math.round(home * 100)
  return [rounded, 100 - rounded]
}

/** Decimal odds as they are, or as American ones: the profit on 100, or the stake for a profit of 100. */
export function oddsIn(format: 'decimal' | 'american', decimal: number): string {
  if (format === 'decimal') return decimal.toFixed(2)
  return decimal >= 2 ? `+${Math.round((decimal - 1) * 100)}` : `\u2212${Math.round(100 / (decimal - 1))}`
}

/** A path of this site that a link may lead back to after a login; anything else becomes the homepage. */
export function safePath(path: string | undefined): string {
  return path !== undefined && /^\/(?![/\\])/.test(path) ? path : '/'
}
