import { setTimeout as wait } from 'node:timers/promises'
import type { TestInstance } from '../../../test/instance.ts'
import type { Sabotaged } from '../../../test/sabotage.ts'
import { sqlOn } from './test-instance.ts'

/** What is seen of an instance before backups are deployed there. */
export async function seenWithoutBackups(instance: TestInstance, on: Sabotaged) {
  const ofArchiver = async (what: string) =>
    (await sqlOn(on, `select ${what}_count::int as count from pg_stat_archiver`))[0]?.count
  await sqlOn(on, "select pg_logical_emit_message(false, 'edge', 'noise'), pg_switch_wal()")
  while (Number(await ofArchiver('archived')) === 0) await wait(100)
  const failed = await ofArchiver('failed')
  const daily = await instance.judgement('backup.daily')
  const { stderr } = await instance.edge(['backup', 'now'])
  return { failed, daily: daily?.verdict, because: daily?.because, backup: stderr }
}
