// A clock that is set back between two backups, and is right again later; clock-back.long.test.ts runs it, and judges what it
// writes. A program of its own, as PostgreSQL refuses root.
import { messageOf } from '../../../src/core/errors.ts'
import { dayMs } from '../../../src/core/units.ts'
import { backupsIn } from '../../../src/engines/pgbackrest.ts'
import { tiers } from '../catalog.ts'
import { expireDatabase } from '../expire.ts'
import { makeBackup } from '../make-backup.ts'
import { restored } from './test-dated-copy.ts'
import { Dated } from './test-dated.ts'

const [folder = '', port = ''] = process.argv.slice(2)
const dated = new Dated(folder, Number(port))
const { backups, world } = dated
const first = Math.ceil(Date.now() / dayMs) * dayMs
const at = (hour: number, minute: number): Date => new Date(first + (hour * 60 + minute) * 60_000)
const to = (hour: number, minute: number): string => at(hour, minute).toISOString()

const listed = async () => (await backupsIn(world, backups.paths.database)).map(({ label }) => label)
const backUp = async () => {
  const { entry } = await makeBackup(backups, tiers, backups.bounds, world, () => undefined)
  await dated.dateArchive()
  return entry.database.labels[0]
}
const add = async (hour: number, minute: number, what: string): Promise<void> => {
  await dated.set(at(hour, minute))
  await dated.sql(`insert into days values (0, '${what}')`)
}

async function setBack() {
  const before = await backUp()
  await add(12, 5, 'before')
  await add(10, 5, 'set back')
  const failed = await backUp().catch(messageOf)
  await expireDatabase(backups, 1, world)
  const left = await listed()
  await add(12, 30, 'right again')
  const after = await backUp()
  await add(12, 45, 'last')
  await dated.set(at(13, 0))
  const copies = {
    beforeAny: await restored(dated, 'before any', to(12, 4)),
    setBack: await restored(dated, 'set back', to(12, 20)),
    rightAgain: await restored(dated, 'right again', to(12, 40)),
    last: await restored(dated, 'last', to(12, 50)),
  }
  return { before, failed, left, after, listed: await listed(), copies, messages: dated.messages }
}
export type ClockBack = Awaited<ReturnType<typeof setBack>>

await dated.set(at(12, 0))
process.stdout.write(JSON.stringify(await dated.during(setBack)))
