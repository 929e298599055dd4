import type { ComponentChildren } from 'preact'
import type { Game } from '../api.ts'
import { percents } from '../format.ts'

/** One game: who played, what happened, and what the page says about it. */
export function GameCard({ game, children }: { game: Game; children?: ComponentChildren }) {
  return (
    <li class="game">
      <div class="sides">
        <Side game={game} side="home" />
        <Result game={game} />
        <Side game={game} side="away" />
      </div>
      {children}
    </li>
  )
}

function Side({ game, side }: { game: Game; side: 'home' | 'away' }) {
  const won = game.outcome === side
  return (
    <div class={won ? `side ${side} won` : `side ${side}`}>
      <span class="team">{game[side]}</span>
      <span class="place">
        {side}
        {won && <b> · won</b>}
      </span>
    </div>
  )
}

function Result({ game }: { game: Game }) {
  const { homeScore, awayScore, status, startsAt, outcome, stage } = game
  const score = homeScore !== null && awayScore !== null
  return (
    <div class="result">
      {score && (
        <span class="score">
          {homeScore}
          <i aria-hidden="true">–</i>
          <span class="hidden"> to </span>
          {awayScore}
        </span>
      )}
      {!score && <span class="versus">{status === 'postponed' ? 'postponed' : (startsAt ?? 'v')}</span>}
      {outcome === 'draw' && <span class="place">draw</span>}
      {outcome !== 'draw' && stage !== null && <span class="place">{stage}</span>}
    </div>
  )
}

/** The published chances as one bar: the home team's part from the left. */
export function ProbabilityBar({ home, names }: { home: number; names: readonly [string, string] }) {
  const [ofHome, ofAway] = percents(home)
  return (
    <div class="chances">
      <b class={ofHome >= ofAway ? 'more' : ''}>{ofHome} %</b>
      <svg
        role="img"
        aria-label={`${names[0]} ${ofHome} %, ${names[1]} ${ofAway} %`}
        viewBox="0 0 100 8"
        preserveAspectRatio="none"
      >
        <rect class="of-away" width="100" height="8" />
        <rect class="of-home" width={home * 100} height="8" />
        <rect class="middle" x="49.9" width="0.2" height="8" />
      </svg>
      <b class={ofAway > ofHome ? 'more' : ''}>{ofAway} %</b>
    </div>
  )
}
