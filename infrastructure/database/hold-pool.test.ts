import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exampleInstance, exampleTls } from '../../test/example-instance.ts'
import { withFolder } from '../../test/with-folder.ts'
import { sizesIn } from './hold-pool.ts'
import { pgbouncerConfiguration } from './render-pgbouncer.ts'
import { databaseSettings } from './settings.ts'

const settings = databaseSettings.parse({ pool: { minimum: 7, maximum: 70 } })
const written = pgbouncerConfiguration(exampleInstance, settings, exampleTls, '/users')

const sizesOf = (text: string) =>
  withFolder(async (folder) => {
    const file = join(folder, 'pgbouncer.ini')
    await writeFile(file, text)
    return sizesIn(file)
  })

test('the sizes of the pool are those of its own file', async () => {
  expect(await sizesOf(written)).toEqual({ default_pool_size: 70, min_pool_size: 7 })
})

test.each(['default_pool_size', 'min_pool_size'])('a file without %s tells no size, rather than none', async (name) => {
  expect(await sizesOf(written.replace(new RegExp(`^${name} = .*\n`, 'm'), ''))).toBeUndefined()
})
