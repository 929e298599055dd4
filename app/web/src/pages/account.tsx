import { useLocation } from 'preact-iso'
import { useState } from 'preact/hooks'
import { ApiError } from '../api.ts'
import { AvatarForm } from '../parts/avatar-form.tsx'
import { PreferencesForm } from '../parts/preferences-form.tsx'
import { Failed, Notice } from '../parts/states.tsx'
import { useTitle } from '../parts/title.ts'
import { useSession } from '../session.tsx'

export default function Account() {
  useTitle('Account')
  const session = useSession()
  const { route } = useLocation()
  const [error, setError] = useState<ApiError>()
  if (session.is === 'asking') return <div class="width page narrow" aria-busy="true" />
  if (session.is === 'out') {
    return (
      <div class="width page narrow">
        <h1>Account</h1>
        <Notice>
          You are not logged in. <a href="/login?next=/account">Log in</a> to see your account.
        </Notice>
      </div>
    )
  }
  const logOut = async () => {
    try {
      await session.logOut()
      route('/')
    } catch (failure) {
      setError(failure instanceof ApiError ? failure : new ApiError(0, String(failure)))
    }
  }
  return (
    <div class="width page narrow">
      <h1>Account</h1>
      <p class="lead">
        Logged in as <strong>{session.account}</strong>.
      </p>
      <AvatarForm />
      <PreferencesForm />
      <section class="panel" aria-labelledby="leave">
        <h2 id="leave">Log out</h2>
        <p>Ends the session on this device. What is saved stays.</p>
        {error && <Failed error={error} />}
        <button type="button" class="button quiet" onClick={() => void logOut()}>
          Log out
        </button>
      </section>
    </div>
  )
}
