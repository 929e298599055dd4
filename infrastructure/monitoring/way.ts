import { createHash, scryptSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { type Damaged, type Deployed, difference, type DrillRecord } from '../../src/core/record.ts'
import type { Running } from './endpoint.ts'

/** The name of the records of `edge notify test`. */
export const notifyRecord = 'notify'

const secrets = ['auth_password_file', 'api_url_file', 'routing_key_file']
const readByAlertmanager = ['ca_file', ...secrets]

/** What a message was delivered by: the route, and what its files hold. A change of any asks for another message. */
export async function wayOf({ routes }: Pick<Running, 'routes'>): Promise<Deployed> {
  const route = hash(routes)
  const files = [...new Set(filesIn(parse(routes)))].toSorted(([one], [other]) => one.localeCompare(other))
  const held = await Promise.all(
    files.map(async ([path, isSecret]) => {
      const content = await readFile(path).catch(() => undefined)
      if (content === undefined) return [path, 'not readable'] as const
      // Of a short password a plain hash would tell it to whoever reads the record.
      return [path, isSecret ? scryptSync(content, route, 6).toString('hex') : hash(content)] as const
    }),
  )
  return { route, ...Object.fromEntries(held) }
}

export const isSameWay = (one: Deployed, other: Deployed): boolean => difference(one, other) === undefined

/** An older failure was told of, and mended. */
const longestBack = 10 * 60

/** So many seconds back failures count: of the receivers, and of the heartbeat to the outside. */
export type CountsFor = { readonly receivers: number; readonly heartbeat: number }

/**
 * What was refused before everybody took a message, or before the way was changed, says nothing of the way that there is
 * now. Of the heartbeat no message that somebody asks for says anything. `newest`: the newest such message.
 */
export function failuresCountFor(
  newest: DrillRecord | Damaged | undefined,
  way: Deployed,
  sendsSoSince: Date,
  now: Date,
): CountsFor {
  const since = (from: number): number => {
    const seconds = Math.ceil((now.getTime() - from) / 1000)
    // A clock that was put back says nothing.
    return seconds < 0 ? longestBack : Math.min(longestBack, Math.max(1, seconds))
  }
  // Alertmanager reads its configuration anew for a renewed certificate, too: only another way begins anew.
  if (!newest || 'damaged' in newest || !isSameWay(newest.of, way)) {
    const changed = since(sendsSoSince.getTime())
    return { receivers: changed, heartbeat: changed }
  }
  const wasTaken = newest.facts['failed'] === undefined
  return { receivers: wasTaken ? since(Date.parse(newest.at)) : longestBack, heartbeat: longestBack }
}

const hash = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex').slice(0, 12)

/** Files that a configuration names, and whether each holds a secret. */
function filesIn(value: unknown): readonly (readonly [path: string, isSecret: boolean])[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, one]) =>
    typeof one === 'string' && readByAlertmanager.includes(name)
      ? [[one, secrets.includes(name)] as const]
      : filesIn(one),
  )
}
