import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'

/** Rows as an app has them: keys, times, numbers, words that come back, a document, and an index beside the key. */
const table = `create table public.bets (
    id bigint generated always as identity primary key, account uuid not null, game int not null, placed timestamptz not null,
    odds numeric(8, 3) not null, stake numeric(10, 2) not null, note text not null, details jsonb not null);
  create index on public.bets (account)`

const batch = `insert into public.bets (account, game, placed, odds, stake, note, details)
  select gen_random_uuid(), (random() * 5000)::int, now() - random() * interval '400 days', 1 + random() * 20, random() * 500,
    (array['home wins', 'away wins', 'a draw', 'over', 'under'])[1 + (random() * 4)::int] || ' of ' || md5(n::text),
    jsonb_build_object('device', (array['phone', 'tablet', 'desktop'])[1 + (random() * 2)::int], 'session', gen_random_uuid(),
      'referrer', 'https://example.com/' || (random() * 1000)::int, 'scores', array[(random() * 120)::int, (random() * 120)::int])
  from generate_series(1, 100000) n`

/** Fills the database until it has so many bytes, and leaves it as it is after a while: vacuumed, with all of it on the disk. */
export async function fillDatabase(client: Client, bytes: number, say: (text: string) => void): Promise<void> {
  await client.query(table)
  const size = async (): Promise<number> =>
    Number((await client.query('select pg_database_size(current_database()) as size')).rows[0].size)
  for (let now = await size(); now < bytes; now = await size()) {
    say(`${Math.round(now / 1e6)} of ${bytes / 1e6} MB of rows`)
    await client.query(batch)
  }
  await client.query('vacuum analyze public.bets')
  await client.query('checkpoint')
}

/** Files of which nobody has seen the like, as uploads are: three of four are images, which nothing makes smaller. */
export async function writeUploads(folder: string, bytes: number): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const each = 500_000
  for (let index = 0; index < bytes / each; index += 1) {
    const content = index % 4 === 0 ? Buffer.from(randomBytes(each / 2).toString('hex')) : randomBytes(each)
    await writeFile(join(folder, `${index}.${index % 4 === 0 ? 'txt' : 'webp'}`), content)
  }
}
