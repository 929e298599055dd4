import type { OddsDay, Priced } from '../api.ts'
import { oddsIn } from '../format.ts'
import { DayPage } from '../parts/day-page.tsx'
import { GameCard } from '../parts/game.tsx'
import { NoGames } from '../parts/no-games.tsx'
import { useSession } from '../session.tsx'

export default function Odds() {
  return (
    <DayPage<OddsDay> view="odds" pathOf={(sport, day) => `/api/odds/${sport}${day === '' ? '' : `?day=${day}`}`}>
      {(answer) => (
        <>
          {answer.published && (
            <p class="explained">
              <b class="tag">Derived</b> These are not a bookmaker's odds: each is computed from the published
              probability p, with a margin of {answer.margin * 100} %. <code>{answer.formula}</code>
            </p>
          )}
          <NoGames head={answer} count={answer.odds.length} />
          <ul class="games">
            {answer.odds.map((game) => (
              <GameCard key={game.id} game={game}>
                {answer.published && <Prices game={game} />}
              </GameCard>
            ))}
          </ul>
        </>
      )}
    </DayPage>
  )
}

function Prices({ game }: { game: Priced }) {
  const { oddsFormat } = useSession().preferences
  if (game.homeOdds === null && game.awayOdds === null) {
    return <p class="unpublished">No probability is published for this game, so there are no odds.</p>
  }
  const prices = [
    { side: 'home', team: game.home, odds: game.homeOdds },
    { side: 'away', team: game.away, odds: game.awayOdds },
  ] as const
  return (
    <dl class="prices">
      {prices.map(({ side, team, odds }) => (
        <div key={side} class={game.outcome === side ? `${side} won` : side}>
          <dt class="hidden">
            {team} ({side})
          </dt>
          <dd>{odds === null ? '–' : oddsIn(oddsFormat, odds)}</dd>
        </div>
      ))}
    </dl>
  )
}
