import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestInstance } from './instance.ts'

let instance: TestInstance
beforeAll(async () => {
  instance = await TestInstance.make()
  await mkdir(join(instance.folder, 'app'))
  await writeFile(join(instance.folder, 'app', 'build.mjs'), `console.error('no such loader: svg'); process.exit(3)\n`)
  await writeFile(
    join(instance.folder, 'app', 'migrate.mjs'),
    `console.error('no such column: colour'); process.exit(4)\n`,
  )
  await instance.configure(`
  directory: '${join(instance.folder, 'app')}',
  site: {
    static: { command: ['node', 'build.mjs', '{output}'], sources: ['build.mjs'] },
    migrations: { command: ['node', 'migrate.mjs'], sources: ['migrate.mjs'] },
  },`)
})
afterAll(() => instance.remove())

it('explains each of two steps that fail in one run, with their own words', async () => {
  const { code, stderr } = await instance.edge(['up', '--no-load-test'])
  expect(code).toBe(1)
  expect(stderr.match(/^✗ /gm)).toHaveLength(2)
  expect(stderr).toContain('no such loader: svg')
  expect(stderr).toContain('no such column: colour')
})
