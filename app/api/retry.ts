import pRetry from 'p-retry'

/** All attempts and pauses together. A database failover takes 2 to 5 s; whoever waits longer has left. */
const budgetMs = 20_000

const lostCodes = new Set([
  '57P01', // admin_shutdown: the server is being stopped
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now: it is starting up
  '25006', // read_only_sql_transaction: the old primary, just before its connections are closed
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTCONN',
])

// The driver's own errors, and the pool's as it words them, carry no code of their own.
const lostMessages =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client network socket disconnected|server conn crashed|server closed the connection|query_wait_timeout|server_login_retry|server login has been failing|pgbouncer/i

/** True when the connection was lost or never came to be, so that the same statement may work in a moment. */
export function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return lostCodes.has(code) || code.startsWith('08') || lostMessages.test(error.message)
}

/** invalid_password: where another one is set by a clock, the database has it seconds before it can be read. */
export const isWrongPassword = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '28P01'

/**
 * Runs the work again after a lost connection, for 20 s at most; the last error then. The work must be idempotent:
 * a connection that was lost does not tell whether the statement was carried out. Once the process is stopping, what is
 * under way still gets its one attempt. `isOver`: what else is over in a moment.
 */
export async function retryLostConnection<Result>(
  work: () => Promise<Result>,
  stopping?: AbortSignal,
  isOver: (error: unknown) => boolean = () => false,
): Promise<Result> {
  const isAgain = (error: unknown): boolean => isLostConnection(error) || isOver(error)
  const begun = performance.now()
  // Nearly every request needs no second attempt, and pays for none: what keeps count of them is made when one is due.
  try {
    return await work()
  } catch (error) {
    if (!isAgain(error) || stopping?.aborted === true || performance.now() - begun >= budgetMs) throw error
  }
  return pRetry(work, {
    retries: 59,
    minTimeout: 50,
    factor: 1.6,
    maxTimeout: 1000,
    randomize: true,
    maxRetryTime: budgetMs - (performance.now() - begun),
    shouldRetry: ({ error }) => isAgain(error) && stopping?.aborted !== true,
  })
}
