import type { PredictionsDay } from '../api.ts'
import { DayPage } from '../parts/day-page.tsx'
import { GameCard, ProbabilityBar } from '../parts/game.tsx'
import { NoGames } from '../parts/no-games.tsx'

const explained = {
  published:
    'Win probabilities as they were published before each game. Nothing is recalculated here, and what happened is shown beside them.',
  elo: "Win probabilities of FiveThirtyEight's Elo model, which computed them later from the games before each one. Forecasts that were published before the game begin in September 2015.",
} as const

export default function Predictions() {
  return (
    <DayPage<PredictionsDay>
      view="predictions"
      pathOf={(sport, day) => `/api/predictions/${sport}${day === '' ? '' : `?day=${day}`}`}
    >
      {(answer) => (
        <>
          {answer.basis !== null && <p class="explained">{explained[answer.basis]}</p>}
          <NoGames head={answer} count={answer.predictions.length} />
          <ul class="games">
            {answer.predictions.map((game) => (
              <GameCard key={game.id} game={game}>
                {game.homeProbability === null ? (
                  answer.published && <p class="unpublished">No probability is published for this game.</p>
                ) : (
                  <ProbabilityBar home={game.homeProbability} names={[game.home, game.away]} />
                )}
              </GameCard>
            ))}
          </ul>
        </>
      )}
    </DayPage>
  )
}
