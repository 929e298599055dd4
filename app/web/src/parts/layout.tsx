import { useLocation } from 'preact-iso'
import icon from '../../images/icon.svg'
import { useSession } from '../session.tsx'
import { Avatar } from './avatar.tsx'

export function Header() {
  const { path } = useLocation()
  const session = useSession()
  const favourite = session.preferences.favouriteSports[0] ?? 'nba'
  const links = [
    { href: '/sports', begins: '/sports', text: 'Sports' },
    { href: `/predictions/${favourite}`, begins: '/predictions', text: 'Predictions' },
    { href: `/odds/${favourite}`, begins: '/odds', text: 'Odds' },
  ]
  return (
    <header class="site-header">
      <div class="width">
        <a class="brand" href="/">
          <img src={icon} width="32" height="32" alt="" />
          <span>AI Sports Edge</span>
        </a>
        <nav aria-label="Main">
          {links.map(({ href, begins, text }) => (
            <a key={begins} href={href} aria-current={path.startsWith(begins) ? 'page' : undefined}>
              {text}
            </a>
          ))}
        </nav>
        <div class="who">
          {session.is === 'out' && (
            <a class="button quiet" href="/login">
              Log in
            </a>
          )}
          {session.is === 'in' && (
            <a class="account-link" href="/account" aria-current={path === '/account' ? 'page' : undefined}>
              <Avatar size={28} />
              <span>{session.account}</span>
            </a>
          )}
        </div>
      </div>
    </header>
  )
}

export function Footer() {
  return (
    <footer class="site-footer">
      <div class="width">
        <p>
          Forecast data:{' '}
          <a href="https://github.com/fivethirtyeight/checking-our-work-data" rel="noreferrer">
            FiveThirtyEight (ABC News)
          </a>
          ,{' '}
          <a href="https://creativecommons.org/licenses/by/4.0/" rel="noreferrer">
            CC BY 4.0
          </a>
          , imported and joined by us. NFL scores and Elo ratings:{' '}
          <a href="https://github.com/fivethirtyeight/nfl-elo-game" rel="noreferrer">
            nfl-elo-game
          </a>
          , MIT, © 2021 ABC News Internet Ventures. Premier League fixtures:{' '}
          <a href="https://github.com/openfootball/football.json" rel="noreferrer">
            openfootball
          </a>
          , public domain.
        </p>
        <p>
          Odds on this site are derived from these forecasts; no bookmaker offers them. Nothing here is betting advice.
          Set in Public Sans (SIL Open Font License).
        </p>
      </div>
    </footer>
  )
}
