import { useEffect, useState } from 'preact/hooks'
import { ask, ApiError } from './api.ts'

export type Loaded<Answer> =
  | { readonly is: 'loading' }
  | { readonly is: 'there'; readonly answer: Answer }
  | { readonly is: 'failed'; readonly error: ApiError; readonly again: () => void }

/** What the API answers for a path; asked for anew when the path changes, or when the reader wants to try again. */
export function useLoaded<Answer>(path: string): Loaded<Answer> {
  const [loaded, setLoaded] = useState<Loaded<Answer>>({ is: 'loading' })
  const [attempt, setAttempt] = useState(0)
  useEffect(() => {
    const leaving = new AbortController()
    setLoaded({ is: 'loading' })
    ask<Answer>(path, { signal: leaving.signal }).then(
      (answer) => setLoaded({ is: 'there', answer }),
      (error: unknown) => {
        if (leaving.signal.aborted) return
        const known = error instanceof ApiError ? error : new ApiError(0, String(error))
        setLoaded({ is: 'failed', error: known, again: () => setAttempt((before) => before + 1) })
      },
    )
    return () => leaving.abort()
  }, [path, attempt])
  return loaded
}
