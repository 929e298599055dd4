import type { SportSummary } from '../api.ts'
import { count, shortDay } from '../format.ts'

export function SportCards({ sports }: { sports: readonly SportSummary[] }) {
  return (
    <ul class="sport-cards">
      {sports.map((sport) => (
        <li key={sport.id} class={sport.games === 0 ? 'sport-card empty' : 'sport-card'}>
          <h2>
            <a href={`/sports/${sport.id}`}>{sport.league}</a>
          </h2>
          <p class="kicker">{sport.name}</p>
          {sport.games > 0 && (
            <dl>
              <div>
                <dt>Games</dt>
                <dd>{count(sport.games)}</dd>
              </div>
              <div>
                <dt>From</dt>
                <dd>{sport.firstDay === null ? '–' : shortDay(sport.firstDay)}</dd>
              </div>
              <div>
                <dt>To</dt>
                <dd>{sport.lastDay === null ? '–' : shortDay(sport.lastDay)}</dd>
              </div>
            </dl>
          )}
          {sport.predictions && (
            <p class="links">
              <a href={`/predictions/${sport.id}`}>Predictions</a>
              <a href={`/odds/${sport.id}`}>Derived odds</a>
            </p>
          )}
          {sport.notice !== null && <p class="small">{sport.notice}</p>}
        </li>
      ))}
    </ul>
  )
}
