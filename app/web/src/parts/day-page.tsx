import type { ComponentChildren } from 'preact'
import { useLocation, useRoute } from 'preact-iso'
import type { DayHead, SportSummary } from '../api.ts'
import { longDay, weekday } from '../format.ts'
import { useSession } from '../session.tsx'
import { useLoaded } from '../use-loaded.ts'
import { DayPicker } from './day-picker.tsx'
import { Notice, Shown } from './states.tsx'
import { useTitle } from './title.ts'

const views = [
  { id: 'sports', text: 'Games' },
  { id: 'predictions', text: 'Predictions' },
  { id: 'odds', text: 'Odds' },
] as const

type View = (typeof views)[number]['id']

/** What the pages of one day of one sport have in common; they differ in what they ask for and in their list. */
export function DayPage<Answer extends DayHead>({
  view,
  pathOf,
  children,
}: {
  view: View
  pathOf: (sport: string, day: string) => string
  children: (answer: Answer) => ComponentChildren
}) {
  const { params } = useRoute()
  const { query } = useLocation()
  const sport = params['sport'] ?? ''
  const day = query['day'] ?? ''
  const loaded = useLoaded<Answer>(pathOf(encodeURIComponent(sport), encodeURIComponent(day)))
  const name = views.find(({ id }) => id === view)?.text ?? ''
  const league = loaded.is === 'there' ? loaded.answer.sport.league : ''
  useTitle(league === '' ? name : `${league} ${name.toLowerCase()}`)
  return (
    <div class="width page">
      <SportChips view={view} chosen={sport} />
      {loaded.is !== 'there' && <h1>{name}</h1>}
      <Shown loaded={loaded} rows={5}>
        {(answer) => (
          <>
            <div class="day-head">
              <div>
                <p class="kicker">
                  {answer.sport.league} · {answer.sport.name}
                </p>
                <h1>{name}</h1>
              </div>
              <Tabs view={view} sport={sport} day={day} />
            </div>
            {answer.day !== null && <DayPicker base={`/${view}/${sport}`} head={answer} />}
            {answer.day !== null && (
              <p class="which-day">
                <strong>
                  {weekday(answer.day)}, {longDay(answer.day)}
                </strong>
                {answer.isLastDay && ` is the last day in the ${answer.sport.league} data, and shown by default.`}
              </p>
            )}
            {answer.notice !== null && <Notice>{answer.notice}</Notice>}
            {children(answer)}
          </>
        )}
      </Shown>
    </div>
  )
}

function Tabs({ view, sport, day }: { view: View; sport: string; day: string }) {
  const query = day === '' ? '' : `?day=${encodeURIComponent(day)}`
  return (
    <nav class="tabs" aria-label="What to show">
      {views.map(({ id, text }) => (
        <a key={id} href={`/${id}/${sport}${query}`} aria-current={id === view ? 'page' : undefined}>
          {text}
        </a>
      ))}
    </nav>
  )
}

/** The other sports, the favourites first. While the list is on its way its place is kept. */
function SportChips({ view, chosen }: { view: View; chosen: string }) {
  const { preferences } = useSession()
  const loaded = useLoaded<{ sports: readonly SportSummary[] }>('/api/sports')
  const sports = loaded.is === 'there' ? loaded.answer.sports : []
  const favourites = sports.filter(({ id }) => preferences.favouriteSports.includes(id))
  const others = sports.filter(({ id }) => !preferences.favouriteSports.includes(id))
  return (
    <nav class="chips" aria-label="Sport">
      {[...favourites, ...others].map(({ id, league }) => (
        <a key={id} href={`/${view}/${id}`} aria-current={id === chosen ? 'page' : undefined}>
          {league}
        </a>
      ))}
    </nav>
  )
}
