import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { project, TestInstance } from '../../test/instance.ts'
import { testWorld } from '../../test/world.ts'
import { siteClient } from '../cdn/fetch.ts'

const { world } = testWorld()
const server = (version: string): string => `
import { createServer } from 'node:http'
const server = createServer((request, response) => response.end(\`${version}\`))
server.listen(Number(process.env.PORT), process.env.HOST)
process.on('SIGTERM', () => server.close())
`
const migration = (statement: string): string => `
import { Client } from '${project}/node_modules/pg/esm/index.mjs'
const client = new Client({ connectionString: process.env.DATABASE_URL })
await client.connect()
await client.query(${JSON.stringify(statement)})
await client.end()
console.log('migrated')
`
const notes = 'create table if not exists notes (text text); grant select on notes to app'

let instance: TestInstance
const write = (name: string, content: string): Promise<void> => writeFile(join(instance.folder, name), content)
const psql = async (statement: string): Promise<string> => {
  const { addresses, passwordFile } = await instance.status()
  const ran = await world.run(['psql', addresses.reader, '-Atc', statement], { env: { PGPASSFILE: passwordFile } })
  if (ran.code !== 0) throw new Error(ran.stderr)
  return ran.stdout.trim()
}

beforeAll(async () => {
  instance = await TestInstance.make(`
  directory: import.meta.dirname,
  site: {
    static: 'public',
    api: { command: ['node', 'server.mjs'], health: '/api/health', sources: ['server.mjs'] },
    migrations: { command: ['node', 'migrate.mjs'], sources: ['migrate.mjs'] },
  },`)
  await mkdir(join(instance.folder, 'public'))
  await write('public/index.html', '<!doctype html><title>Mine</title>')
  await write('server.mjs', server('one'))
  await write('migrate.mjs', migration(notes))
  await instance.must('up', '--no-load-test')
})
afterAll(() => instance.remove())

describe("an operator's own app", () => {
  it('changes its version under its visitors, and none of them sees an error', async () => {
    const { addresses, certificateAuthority } = await instance.status()
    const seen = new Map<string, number>()
    const done = new AbortController()
    const visitor = async (): Promise<void> => {
      const site = await siteClient({ https: addresses.site, ca: certificateAuthority })
      while (!done.signal.aborted) {
        const { status, body } = await site.ask('/api/version')
        const answer = status === 200 ? body.toString() : String(status)
        seen.set(answer, (seen.get(answer) ?? 0) + 1)
        // A visitor, not a load test.
        await wait(10)
      }
      await site.close()
    }
    const visitors = Promise.all([visitor(), visitor()])
    await write('server.mjs', server('two'))
    await instance.must('deploy', '--yes').finally(() => done.abort())
    await visitors
    expect([...seen.keys()].toSorted()).toEqual(['one', 'two'])
  })

  it("runs in the operator's own Node, of which other calls know, too", async () => {
    const whose = join(instance.folder, 'bin', 'node')
    await mkdir(join(instance.folder, 'bin'))
    const own = `[ "$1" != --version ] || { echo v20.1.0; exit; }\nWHOSE="the operator's" exec ${process.execPath} "$@"`
    await writeFile(whose, `#!/bin/sh\n${own}\n`, { mode: 0o755 })
    await write('server.mjs', server('${process.env.WHOSE}'))
    const path = { PATH: `${join(instance.folder, 'bin')}:${process.env['PATH']}` }
    expect(await instance.edge(['deploy', '--yes', 'app'], { env: path })).toMatchObject({ code: 0 })
    const { addresses, certificateAuthority } = await instance.status()
    const site = await siteClient({ https: addresses.site, ca: certificateAuthority })
    const { body } = await site.ask('/api/version')
    await site.close()
    expect(body.toString()).toBe("the operator's")
    expect((await instance.must('config')).stdout).toContain(`'node' in commands of site: ${whose}`)
    expect((await instance.must('verify', 'app.loopbackOnly')).stdout).not.toContain('does not have the files')
  })

  it('has its migrations applied once, and again when they changed', async () => {
    await write('migrate.mjs', migration(`${notes}; insert into notes values ('changed')`))
    await instance.must('deploy', '--yes')
    await instance.must('deploy', '--yes')
    expect(await psql('select count(*) from notes')).toBe('1')
  })

  it('that fails to migrate goes on as it was, with the words of its own command', async () => {
    await write('migrate.mjs', migration('alter table no_such_table add column x int'))
    const ran = await instance.edge(['deploy', '--yes'])
    await write('migrate.mjs', migration(notes))
    expect(ran.code).toBe(1)
    expect(ran.stderr + ran.stdout).toContain('relation "no_such_table" does not exist')
    expect(await instance.read('logs/migrations.log')).toContain('no_such_table')
  })

  it('has each of two steps that fail in one run explained, with their own words', async () => {
    await write('build.mjs', `console.error('no such loader: svg'); process.exit(3)\n`)
    await write('migrate.mjs', `console.error('no such column: colour'); process.exit(4)\n`)
    const configuration = await readFile(instance.file, 'utf8')
    const built = "static: { command: ['node', 'build.mjs', '{output}'], sources: ['build.mjs'] },"
    await writeFile(instance.file, configuration.replace("static: 'public',", built))
    const { code, stderr } = await instance.edge(['up', '--no-load-test'])
    expect(code).toBe(1)
    expect(stderr.match(/^✗ /gm)).toHaveLength(2)
    expect(stderr).toContain('no such loader: svg')
    expect(stderr).toContain('no such column: colour')
  })
})
