import { useLocation } from 'preact-iso'
import { useEffect, useState } from 'preact/hooks'
import { ApiError } from '../api.ts'
import { safePath } from '../format.ts'
import { Failed } from '../parts/states.tsx'
import { useTitle } from '../parts/title.ts'
import { useSession } from '../session.tsx'

export default function Login() {
  useTitle('Log in')
  const session = useSession()
  const { query, route } = useLocation()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<ApiError>()
  const next = safePath(query['next'])

  useEffect(() => {
    if (session.is === 'in') route(next, true)
  }, [session.is, next, route])

  const submit = async (form: HTMLFormElement) => {
    const fields = new FormData(form)
    setBusy(true)
    setError(undefined)
    try {
      await session.logIn(String(fields.get('account')).trim(), String(fields.get('password')))
    } catch (failure) {
      setError(failure instanceof ApiError ? failure : new ApiError(0, String(failure)))
      setBusy(false)
    }
  }

  return (
    <div class="width page narrow">
      <h1>Log in</h1>
      <p class="lead">An account keeps your favourite sports, your odds format and a picture.</p>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault()
          void submit(event.currentTarget)
        }}
      >
        <label>
          Account
          <input
            name="account"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            required
            maxLength={64}
          />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required maxLength={256} />
        </label>
        {error && <Failed error={error} />}
        <button class="button" disabled={busy}>
          {busy ? 'Logging in…' : 'Log in'}
        </button>
      </form>
    </div>
  )
}
