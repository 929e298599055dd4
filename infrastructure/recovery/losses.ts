import { heartbeatFolder } from '../../src/targets/local/acknowledged.ts'
import { openInstance } from '../../src/cli/open.ts'
import { exit } from '../../src/core/errors.ts'
import { unknown } from '../../src/core/nearest.ts'
import { words } from '../../src/core/options.ts'
import type { VerbRun } from '../../src/core/verb.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { tlsFiles } from '../../src/targets/local/certificate.ts'
import { addressesOf } from '../database/addresses.ts'
import { inWords, lookAtHeartbeats } from '../database/lost-writes.ts'
import { noteAllSeen } from '../database/seen-losses.ts'

/** Lists what the database lost of what it had acknowledged; `seen` notes that the operator knows of it. */
export const losses: VerbRun = async (world, positional, options) => {
  const [verb] = words(positional)
  if (verb !== undefined && verb !== 'seen') throw unknown('losses', verb, ['seen'])
  const { instance } = await openInstance(world, options)
  const folder = heartbeatFolder(instance.state)
  const { superuser } = addressesOf(instance, tlsFiles(instance.state).ca)
  const server = { ...superuser, database: 'app' }
  const found = await withClient(server, (client) => lookAtHeartbeats(folder, client, world.now()))
  const unseen = found.losses.filter(({ seen }) => seen === undefined)
  if (verb === 'seen') await noteAllSeen(folder, unseen, world)
  if (options['json'] === true) {
    const all = found.losses.map(({ seen, ...loss }) => ({ ...loss, seen: seen ?? null }))
    const report = verb === 'seen' ? { seen: unseen.length, losses: all } : { timeline: found.timeline, losses: all }
    world.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`)
    return exit.ok
  }
  if (verb === 'seen') {
    world.stdout.write(
      unseen.length === 0 ? 'there is no loss that was not seen\n' : `${unseen.length} noted as seen\n`,
    )
    return exit.ok
  }
  if (found.losses.length === 0) world.stdout.write('no acknowledged write was lost that is known of\n')
  for (const loss of found.losses) {
    const mark = loss.seen === undefined ? '✗' : '–'
    world.stdout.write(
      `${mark} ${inWords(loss, loss.timeline)}${loss.seen === undefined ? '' : `; seen ${loss.seen}`}\n`,
    )
  }
  if (unseen.length > 0) world.stdout.write('  edge losses seen notes that you know of them\n')
  return exit.ok
}
