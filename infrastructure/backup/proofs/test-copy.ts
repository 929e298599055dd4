import { join } from 'node:path'
import { postgresPrograms } from '../../../src/engines/patroni.ts'
import type { Sabotaged } from '../../../test/sabotage.ts'

/** One value out of a restored copy, as the operator would start it. */
export async function askCopy(on: Pick<Sabotaged, 'run'>, path: string, question: string): Promise<string> {
  const options = `-c config_file='${path}/postgresql.conf'`
  const control = (...words: string[]) =>
    on.run([join(postgresPrograms, 'pg_ctl'), '-D', join(path, 'data'), '-s', '-w', ...words])
  await control('start', '-l', join(path, 'again.log'), '-o', options)
  try {
    return (await on.run(['psql', '-h', path, '-U', 'postgres', '-Atc', question, 'app'])).stdout.trim()
  } finally {
    await control('stop')
  }
}
