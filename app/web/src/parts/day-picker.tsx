import { useLocation } from 'preact-iso'
import type { DayHead } from '../api.ts'
import { dayAndMonth, shortDay } from '../format.ts'

/** The day before and after that have games, and any other day by the calendar. */
export function DayPicker({ base, head }: { base: string; head: DayHead }) {
  const { route } = useLocation()
  const { first, last, previous, next } = head.days
  const linkTo = (day: string) => `${base}?day=${day}`
  return (
    <nav class="day-picker" aria-label="Day">
      <Step
        day={previous}
        href={previous === null ? undefined : linkTo(previous)}
        label="Previous day with games"
        arrow="←"
      />
      <label>
        <span class="hidden">Day</span>
        <input
          type="date"
          value={head.day ?? ''}
          min={first ?? undefined}
          max={last ?? undefined}
          onChange={({ currentTarget }) => {
            // Half-typed dates are empty; the browser itself marks one outside of the data.
            if (currentTarget.value !== '' && currentTarget.validity.valid) route(linkTo(currentTarget.value))
          }}
        />
      </label>
      <Step day={next} href={next === null ? undefined : linkTo(next)} label="Next day with games" arrow="→" />
    </nav>
  )
}

function Step({
  day,
  href,
  label,
  arrow,
}: {
  day: string | null
  href: string | undefined
  label: string
  arrow: '←' | '→'
}) {
  const back = arrow === '←'
  if (day === null || href === undefined) {
    return <span class={back ? 'step back off' : 'step off'}>{back ? 'first day' : 'last day'}</span>
  }
  return (
    <a class={back ? 'step back' : 'step'} href={href} aria-label={`${label}: ${shortDay(day)}`}>
      {back && <i aria-hidden="true">{arrow}</i>}
      <span>
        {dayAndMonth(day)} <span class="year">{day.slice(0, 4)}</span>
      </span>
      {!back && <i aria-hidden="true">{arrow}</i>}
    </a>
  )
}
