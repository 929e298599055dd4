import { ErrorBoundary, lazy, LocationProvider, Route, Router, useLocation } from 'preact-iso'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Footer, Header } from './parts/layout.tsx'
import { Home } from './pages/home.tsx'
import { SessionProvider } from './session.tsx'

// Each page is a file of its own and is fetched when it is first opened; the homepage comes with the program.
const Sports = lazy(() => import('./pages/sports.tsx'))
const Games = lazy(() => import('./pages/games.tsx'))
const Odds = lazy(() => import('./pages/odds.tsx'))
const Predictions = lazy(() => import('./pages/predictions.tsx'))
const Login = lazy(() => import('./pages/login.tsx'))
const Account = lazy(() => import('./pages/account.tsx'))
const NotFound = lazy(() => import('./pages/not-found.tsx'))

export function App() {
  return (
    <LocationProvider>
      <SessionProvider>
        <Shell />
      </SessionProvider>
    </LocationProvider>
  )
}

function Shell() {
  const main = useRef<HTMLElement>(null)
  const { path } = useLocation()
  const [loading, setLoading] = useState(false)
  const first = useRef(true)
  useEffect(() => {
    // Someone who cannot see that the page changed is told by the focus; not on arrival, where it begins at the top.
    if (!first.current) main.current?.focus({ preventScroll: true })
    first.current = false
  }, [path])
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Header />
      <div class={loading ? 'progress is-loading' : 'progress'} aria-hidden="true" />
      <main id="main" tabIndex={-1} ref={main}>
        <ErrorBoundary>
          <Router onLoadStart={() => setLoading(true)} onLoadEnd={() => setLoading(false)}>
            <Route path="/" component={Home} />
            <Route path="/login" component={Login} />
            <Route path="/sports" component={Sports} />
            <Route path="/sports/:sport" component={Games} />
            <Route path="/odds/:sport" component={Odds} />
            <Route path="/predictions/:sport" component={Predictions} />
            <Route path="/account" component={Account} />
            <Route default component={NotFound} />
          </Router>
        </ErrorBoundary>
      </main>
      <Footer />
    </>
  )
}
