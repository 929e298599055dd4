import calibration from '../../images/calibration.svg'
import type { PredictionsDay, SportSummary } from '../api.ts'
import { count, longDay } from '../format.ts'
import { GameCard, ProbabilityBar } from '../parts/game.tsx'
import { SportCards } from '../parts/sport-cards.tsx'
import { Shown } from '../parts/states.tsx'
import { useTitle } from '../parts/title.ts'
import { useSession } from '../session.tsx'
import { useLoaded } from '../use-loaded.ts'

export function Home() {
  useTitle('')
  const loaded = useLoaded<{ sports: readonly SportSummary[] }>('/api/sports')
  const sports = loaded.is === 'there' ? loaded.answer.sports : []
  return (
    <>
      <Hero games={sports.reduce((sum, { games }) => sum + games, 0)} />
      <div class="width page">
        <section aria-labelledby="highlights">
          <h2 id="highlights">Latest day</h2>
          <p class="lead">
            The data ends before today, so each league shows its last day in the data. Every other day is one click
            away.
          </p>
          <div class="highlights">
            {sports
              .filter(({ predictions }) => predictions)
              .map((sport) => (
                <Highlight key={sport.id} sport={sport} />
              ))}
          </div>
        </section>
        <section aria-labelledby="sports">
          <h2 id="sports">Sports</h2>
          <Shown loaded={loaded} rows={6}>
            {({ sports: all }) => <SportCards sports={all} />}
          </Shown>
        </section>
      </div>
    </>
  )
}

function Hero({ games }: { games: number }) {
  const session = useSession()
  return (
    <div class="hero">
      <div class="width">
        <div class="hero-text">
          <h1>What the numbers said before the game.</h1>
          <p>
            Win probabilities published by FiveThirtyEight for the NBA, NFL, MLB and NHL, next to what happened
            {games > 0 && <>: {count(games)} games to look through</>}. No tips, no invented odds.
          </p>
          <p class="actions">
            <a class="button" href="/sports">
              Browse sports
            </a>
            {session.is === 'out' && (
              <a class="button ghost" href="/login">
                Log in
              </a>
            )}
          </p>
        </div>
        <figure>
          <img
            src={calibration}
            width="480"
            height="360"
            alt="Chart: how often home teams won, by the chance the forecast gave them. The points lie close to the diagonal."
          />
          <figcaption>
            How often home teams won, by the chance that the forecast gave them, over some 43,000 games. On the line, a
            forecast is exactly right.
          </figcaption>
        </figure>
      </div>
    </div>
  )
}

function Highlight({ sport }: { sport: SportSummary }) {
  const loaded = useLoaded<PredictionsDay>(`/api/predictions/${sport.id}`)
  return (
    <section class="highlight" aria-label={sport.league}>
      <h3>
        <a href={`/predictions/${sport.id}`}>{sport.league}</a>
        {sport.lastDay !== null && <span>{longDay(sport.lastDay)}</span>}
      </h3>
      <Shown loaded={loaded} rows={1}>
        {({ predictions }) => (
          <ul class="games">
            {predictions.slice(0, 1).map((game) => (
              <GameCard key={game.id} game={game}>
                {game.homeProbability !== null && (
                  <ProbabilityBar home={game.homeProbability} names={[game.home, game.away]} />
                )}
              </GameCard>
            ))}
          </ul>
        )}
      </Shown>
    </section>
  )
}
