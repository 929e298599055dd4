import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { recordsOf } from '../../../src/targets/local/records.ts'
import type { Sabotaged } from '../../../test/sabotage.ts'
import { testWorld } from '../../../test/world.ts'
import { drillNameOf } from '../drill-name.ts'
import { deployedAs } from '../running-rules.ts'
import { ofEach, routesOf, rulesOf } from '../sabotage.ts'

/**
 * The alarms whose drills take minutes, broken on records of drills that `leaveRecords` has laid there: that proves their checks,
 * and not that they ring. So they do not stand with the other sabotages, and count for nothing in what is proven.
 */
export const onLaidRecords = ofEach([
  'databaseCpu',
  'freeableMemory',
  'freeStorage',
  'replicaLag',
  'readIops',
  'writeIops',
  'readLatency',
  'writeLatency',
  'queueDepth',
  'cdnErrors',
  'hitRatio',
  'originLatency',
])

/** Nothing measures them where nothing is backed up. */
export const onLaidRecordsOfBackups = ofEach(['backupFailed', 'backupSize', 'backupDuration'])

const written = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string(), for: z.string() })) })),
})

/**
 * Leaves of each of these alarms the record that a drill would leave under the rule and the route that are in force, where none
 * has left one. What is acted out upon it is the check: nobody has seen these ring.
 */
export async function leaveRecords({ instance }: Sabotaged, alarms: readonly string[]): Promise<void> {
  const { state, user } = instance
  const [rules, routes] = await Promise.all([rulesOf, routesOf].map((file) => readFile(join(state, file), 'utf8')))
  const all = written.parse(parse(rules ?? '')).groups.flatMap((group) => group.rules)
  const records = recordsOf(state)
  for (const alarm of alarms) {
    const rule = all.find(({ alert }) => alert === alarm)
    if (!rule) throw new Error(`${alarm} has no rule here`)
    const of = deployedAs({ ...rule, for: Number.parseInt(rule.for, 10), annotations: {} }, routes ?? '')
    const drill = drillNameOf(alarm)
    if (await records.newest(drill, of)) continue
    await records.keep({ drill, at: new Date().toISOString(), facts: { scaled: false }, took: 1, of })
  }
  const { world } = testWorld()
  // A drill keeps what it leaves as the engines' user.
  if (world.uid === 0) await world.run(['chown', '-R', `${user.uid}:${user.gid}`, join(state, 'records')])
}
