import type { GamesDay } from '../api.ts'
import { DayPage } from '../parts/day-page.tsx'
import { GameCard } from '../parts/game.tsx'
import { NoGames } from '../parts/no-games.tsx'

export default function Games() {
  return (
    <DayPage<GamesDay>
      view="sports"
      pathOf={(sport, day) => `/api/games?sport=${sport}${day === '' ? '' : `&day=${day}`}`}
    >
      {(answer) => (
        <>
          <NoGames head={answer} count={answer.games.length} />
          <ul class="games">
            {answer.games.map((game) => (
              <GameCard key={game.id} game={game} />
            ))}
          </ul>
        </>
      )}
    </DayPage>
  )
}
