import type { DatabaseSettings } from '../settings.ts'

/** The pool's numbers as RDS Proxy takes them: shares of the connections that the database accepts, in whole per cent. */
export type PoolShares = { readonly maximum: number; readonly idle: number; readonly arithmetic: string }

/**
 * At most the configured maximum, at least the configured minimum: the first is rounded down, the second up. What the
 * proxy keeps idle is a ceiling: it opens no connection before a client asks for one.
 */
export function poolShares({ pool, maxConnections }: Pick<DatabaseSettings, 'pool' | 'maxConnections'>): PoolShares {
  const maximum = Math.max(1, Math.floor((pool.maximum / maxConnections) * 100))
  const idle = Math.min(maximum, Math.ceil((pool.minimum / maxConnections) * 100))
  const arithmetic = [
    `${pool.maximum} of ${maxConnections} connections: MaxConnectionsPercent ${maximum}`,
    `${pool.minimum} of ${maxConnections} kept idle: MaxIdleConnectionsPercent ${idle}`,
  ].join('; ')
  return { maximum, idle, arithmetic }
}
