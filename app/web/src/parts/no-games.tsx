import type { DayHead } from '../api.ts'
import { longDay } from '../format.ts'
import { Notice } from './states.tsx'

/** Says why a list is empty; a sport without any data says so by its own notice. */
export function NoGames({ head, count }: { head: DayHead; count: number }) {
  if (count > 0 || head.day === null) return null
  return (
    <Notice>
      There are no {head.sport.league} games on {longDay(head.day)}. The arrows lead to the nearest days that have some.
    </Notice>
  )
}
