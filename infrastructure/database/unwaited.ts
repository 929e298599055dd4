import { join } from 'node:path'
import type { Client } from 'pg'
import type { Facts } from '../../src/core/check.ts'
import { readText } from '../../src/targets/local/files.ts'
import type { Member } from './members.ts'
import { ownRoles } from './statements.ts'

/**
 * `set local synchronous_commit = off`, in each way to write it. What `set_config` is given PostgreSQL does not keep, nor what a
 * session of the session door begins with (`options=-c …`): these are not counted, and the fact says so.
 */
const lowers =
  "^\\s*set\\s+(session\\s+|local\\s+)?synchronous_commit\\s*(=|to)\\s*'?(off|false|no|0|local|remote_write)\\M"

/** What PostgreSQL writes into its log when a client cancels a commit that waits: it is on one member, and acknowledged. */
const cancelled = /canceling (the )?wait for synchronous replication/g

type Asked = { readonly who: string; readonly text: string; readonly calls: string }

/**
 * Writes that clients had acknowledged, by their own choice, before another member had them: how often they asked for
 * that, as the primary has counted since its statistics were reset, and how often they cancelled a wait, as its log has it.
 * PostgreSQL refuses neither.
 */
export async function unwaitedByChoice(server: Client, logs: string, members: readonly Member[]): Promise<Facts> {
  const [asked, texts] = await Promise.all([
    server
      .query<Asked>(
        `select userid::regrole::text as who, query as text, sum(calls) as calls from pg_stat_statements
          where query ~* $1 and userid::regrole::text <> all ($2) group by 1, 2 order by 3 desc`,
        [lowers, ownRoles],
      )
      .then(
        ({ rows }) => rows,
        () => undefined,
      ),
    Promise.all(members.map((member) => readText(join(logs, member, 'current')))),
  ])
  const waits = texts.reduce((sum, log) => sum + (log?.match(cancelled)?.length ?? 0), 0)
  return {
    'waits lowered by clients': asked === undefined ? 'not counted' : timesOf(asked),
    'waits cancelled by clients': waits,
  }
}

function timesOf(asked: readonly Asked[]): string {
  const times = asked.reduce((sum, { calls }) => sum + Number(calls), 0)
  const [most] = asked
  return most ? `${times} times by SET, most by ${most.who}: ${most.text.trim().slice(0, 60)}` : 'never by SET'
}

/** Who takes the log so that commits may wait for it, and is no member: the name of each. */
export async function otherReceivers(server: Client, members: readonly Member[]): Promise<readonly string[]> {
  const { rows } = await server.query<{ name: string }>(
    `select coalesce(nullif(application_name, ''), usename) as name from pg_stat_replication
      where sync_state in ('sync', 'quorum') and application_name <> all ($1)`,
    [members],
  )
  return rows.map(({ name }) => name)
}
