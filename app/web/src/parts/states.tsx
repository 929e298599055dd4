import type { ComponentChildren } from 'preact'
import type { ApiError } from '../api.ts'
import type { Loaded } from '../use-loaded.ts'

/** What is shown while the answer is on its way, what when it failed, and what when it is there. */
export function Shown<Answer>({
  loaded,
  rows = 4,
  children,
}: {
  loaded: Loaded<Answer>
  rows?: number
  children: (answer: Answer) => ComponentChildren
}) {
  if (loaded.is === 'failed') return <Failed error={loaded.error} again={loaded.again} />
  if (loaded.is === 'loading') return <Loading rows={rows} />
  return <>{children(loaded.answer)}</>
}

function Loading({ rows }: { rows: number }) {
  return (
    <div class="skeleton" role="status">
      <span class="hidden">Loading…</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} aria-hidden="true" />
      ))}
    </div>
  )
}

/** What went wrong and what can be done now. */
export function Failed({ error, again }: { error: ApiError; again?: () => void }) {
  return (
    <div class="notice bad" role="alert">
      <p>{error.message}</p>
      {error.status >= 500 && error.requestId !== undefined && (
        <p class="small">
          Request <code>{error.requestId}</code>
        </p>
      )}
      {again && mayPass(error.status) && (
        <button type="button" class="button quiet" onClick={again}>
          Try again
        </button>
      )}
    </div>
  )
}

/** Whether asking again can help: nothing answered, the server failed, or too much was asked at once. */
const mayPass = (status: number): boolean => status === 0 || status === 429 || status >= 500

export function Notice({ children }: { children: ComponentChildren }) {
  return <div class="notice">{children}</div>
}
