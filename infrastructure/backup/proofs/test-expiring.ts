// Makes one backup at a moment, with what expires after it, and says how far it is; test-expiry-killed.ts runs and kills it.
import { makeBackup } from '../make-backup.ts'
import { dayEach, Dated } from './test-dated.ts'

const [folder = '', port = '', at = ''] = process.argv.slice(2)
const dated = new Dated(folder, Number(port), dayEach)
await dated.set(new Date(at))
await makeBackup(dated.backups, ['daily'], dated.backups.bounds, dated.world, (progress) => {
  process.stdout.write(`${progress}\n`)
})
