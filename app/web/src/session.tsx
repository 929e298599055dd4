import { type ComponentChildren, createContext } from 'preact'
import { useCallback, useContext, useEffect, useMemo, useState } from 'preact/hooks'
import { ask, type Preferences, type Session } from './api.ts'
import { showTheme } from './theme.ts'

const defaultPreferences: Preferences = { favouriteSports: [], oddsFormat: 'decimal', theme: 'system' }

type Known = {
  /** Until the first answer nobody knows, and pages show neither "log in" nor an account. */
  readonly is: 'asking' | 'out' | 'in'
  readonly account: string
  readonly hasAvatar: boolean
  readonly preferences: Preferences
}

type SessionContext = Known & {
  /** Rejects with ApiError. */
  readonly logIn: (account: string, password: string) => Promise<void>
  readonly logOut: () => Promise<void>
  readonly savePreferences: (preferences: Preferences) => Promise<void>
  readonly saveAvatar: (image: Blob) => Promise<void>
}

const out: Known = { is: 'out', account: '', hasAvatar: false, preferences: defaultPreferences }
const Context = createContext<SessionContext | undefined>(undefined)

export function useSession(): SessionContext {
  const session = useContext(Context)
  if (!session) throw new Error('useSession is used outside of SessionProvider')
  return session
}

async function askWho(): Promise<Known> {
  const { account, hasAvatar } = await ask<Session>('/api/session')
  if (account === null) return out
  const { preferences } = await ask<{ preferences: Preferences }>('/api/preferences')
  return { is: 'in', account, hasAvatar, preferences }
}

export function SessionProvider({ children }: { children: ComponentChildren }) {
  const [known, setKnown] = useState<Known>({ ...out, is: 'asking' })
  const take = useCallback((next: Known) => {
    setKnown(next)
    showTheme(next.preferences.theme)
  }, [])

  useEffect(() => {
    // Without an answer the site is still readable, as by someone who is not logged in.
    askWho().then(take, () => setKnown(out))
  }, [take])

  const value = useMemo<SessionContext>(
    () => ({
      ...known,
      logIn: async (account, password) => {
        await ask('/api/login', { method: 'POST', json: { account, password } })
        take(await askWho())
      },
      logOut: async () => {
        await ask('/api/logout', { method: 'POST', json: {} })
        take(out)
      },
      savePreferences: async (preferences) => {
        await ask('/api/preferences', { method: 'PUT', json: preferences })
        take({ ...known, preferences })
      },
      saveAvatar: async (image) => {
        await ask('/api/avatar', { method: 'PUT', image })
        setKnown({ ...known, hasAvatar: true })
      },
    }),
    [known, take],
  )
  return <Context.Provider value={value}>{children}</Context.Provider>
}
