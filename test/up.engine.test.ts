import { chown, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { innerPorts } from '../src/config/ports.ts'
import { siteClient } from '../infrastructure/cdn/fetch.ts'
import { liveRelease } from '../infrastructure/cdn/releases/layout.ts'
import { prepareState } from '../src/targets/local/state.ts'
import { type EdgeRun, project, TestInstance } from './instance.ts'
import { type Answer, onTerminal } from './terminal.ts'
import { testWorld } from './world.ts'

const { world } = testWorld()
let instance: TestInstance
let first: EdgeRun
beforeAll(async () => {
  instance = await TestInstance.make('database: {}, monitoring: {}, backup: {},')
  first = await instance.must('up', '--no-load-test')
})
afterAll(() => instance.remove())

describe('an instance that is up', () => {
  it('says where everything is, with every guarantee that it claims kept', () => {
    expect(first.stdout).toContain('broken 0')
    expect(first.stdout).toMatch(/site +https:\/\/localhost:\d+/)
  })

  it('answers over HTTPS to a client that trusts its authority', async () => {
    const { addresses, certificateAuthority } = await instance.status()
    const site = await siteClient({ https: addresses.site, ca: certificateAuthority })
    const page = await site.ask('/')
    const ready = await site.ask('/api/ready')
    await site.close()
    expect([page.status, ready.status]).toEqual([200, 200])
  })

  it('has the caches hold the first release before its first visitor', async () => {
    const live = await liveRelease(join(instance.state, 'site'))
    const scripts = Object.keys(live?.files ?? {}).filter((name) => /^assets\/.*\.(js|css)$/.test(name))
    expect(scripts.length).toBeGreaterThan(3)
    const { addresses, certificateAuthority } = await instance.status()
    const site = await siteClient({ https: addresses.site, ca: certificateAuthority })
    const cold: string[] = []
    for (const name of scripts) {
      for (const encoding of ['br', 'gzip', 'identity']) {
        const answer = await site.ask(`/${name}`, { headers: { 'accept-encoding': encoding } })
        if (!answer.header('x-cache').startsWith('Hit')) cold.push(`${name} ${encoding}: ${answer.header('x-cache')}`)
      }
    }
    await site.close()
    expect(cold).toEqual([])
  })

  it('answers on writer and reader to psql with the password file', async () => {
    const { addresses, passwordFile } = await instance.status()
    for (const address of [addresses.writer, addresses.reader, addresses.session]) {
      const ran = await world.run(['psql', address, '-Atc', 'select count(*) > 40000 from sports.games'], {
        env: { PGPASSFILE: passwordFile },
      })
      expect(ran).toMatchObject({ code: 0, stdout: 't\n' })
    }
  })

  it('shows no secret, and keeps each in a file that nobody else may read', async () => {
    const secrets = await readdir(join(instance.state, 'secrets'))
    const values = await Promise.all(secrets.map((name) => instance.read(`secrets/${name}`)))
    const shown = [first.stdout, first.stderr]
    for (const verb of [
      ['status', '--json'],
      ['verify', '--json', 'cdn'],
      ['config', '--json'],
      ['plan', '--json'],
    ]) {
      shown.push((await instance.edge(verb)).stdout)
    }
    const { stdout: processes } = await world.run(['ps', '-eo', 'args'])
    const logs = await world.run(['grep', '-rhF', '', join(instance.state, 'logs')])
    for (const value of values.filter((_, index) => secrets[index] !== 'pgpass')) {
      expect([...shown, processes, logs.stdout].filter((text) => text.includes(value.trim()))).toEqual([])
    }
    for (const name of secrets) {
      expect((await stat(join(instance.state, 'secrets', name))).mode & 0o777).toBe(0o600)
    }
  })

  it('runs as another user than root, and listens on loopback only', async () => {
    const { engines } = await instance.status()
    for (const { pid } of engines) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8')
      expect(status).not.toMatch(/^Uid:\s+0\b/m)
    }
    const pids = new Set(engines.map(({ pid }) => String(pid)))
    const { stdout } = await world.run(['ss', '-Hltnp'])
    const listening = stdout.split('\n').filter((line) => [...pids].some((pid) => line.includes(`pid=${pid},`)))
    expect(listening.length).toBeGreaterThan(5)
    expect(listening.filter((line) => !/\s(127\.0\.0\.1|\[::1\]):\d+\s/.test(line))).toEqual([])
  })

  it('is changed by nothing in a second run', async () => {
    const before = await instance.status()
    const { changes } = JSON.parse((await instance.must('plan', '--json')).stdout)
    expect(changes).toEqual([])
    await instance.must('up', '--no-load-test')
    const after = await instance.status()
    expect(after.engines).toEqual(before.engines)
  })

  it('says in verify which engine has not the files that it is configured to have', async () => {
    const file = join(instance.state, 'engines', 'nginx', 'nginx.conf')
    const rendered = await readFile(file, 'utf8')
    const says = async () =>
      (await instance.must('verify', 'cdn.https')).stdout.includes('nginx does not have the files')
    expect(await says()).toBe(false)
    await writeFile(file, `${rendered}# by hand\n`)
    expect(await says().finally(() => writeFile(file, rendered))).toBe(true)
    expect(await says()).toBe(false)
  })

  it('refuses a second command that would change it at the same time', async () => {
    // Before, the agent may be at work, and whoever comes meanwhile waits: for it, and for each other.
    const holder = () => readFile(join(instance.state, 'run', 'lock.holder'), 'utf8').catch(() => '')
    const before = await holder()
    const deploying = instance.edge(['deploy', '--yes'])
    const isAtWork = async () => (await holder()) !== before && (await holder()).startsWith('edge deploy ')
    await expect.poll(isAtWork, { interval: 20 }).toBe(true)
    const refused = await instance.edge(['down'])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('is at work on this instance')])
    expect((await deploying).code).toBe(0)
    await instance.must('up', '--no-load-test')
  })

  it('has its data again after down and up', async () => {
    const { addresses, passwordFile, engines } = await instance.status()
    const sql = (text: string) =>
      world.run(['psql', addresses.writer, '-Atc', text], { env: { PGPASSFILE: passwordFile } })
    const count = (await sql('select count(*) from sports.games')).stdout
    await instance.must('down')
    for (const { pid } of engines) expect(await stat(`/proc/${pid}`).catch(() => undefined)).toBeUndefined()
    expect((await instance.edge(['status'])).code).toBe(1)
    expect(await instance.edge(['load-test', 'smoke'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('runs'),
    })
    expect(await instance.edge(['deploy', 'app', '--skip', 'database'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('database: is skipped, and app cannot do without its etcd'),
    })
    expect((await instance.edge(['verify', 'cdn.https'])).stdout).toMatch(/nginx is down.*: edge logs nginx says more/)
    await instance.must('up', '--no-load-test')
    expect((await sql('select count(*) from sports.games')).stdout).toBe(count)
  })

  it('is not met by a second one beside it', async () => {
    // Where an instance lies that says nothing of it: there the agent has to find it, too, as the user that it runs as.
    const other = await TestInstance.make('state: undefined,')
    try {
      await other.must('up', '--no-load-test')
      expect(await healedByAgent(other)).toBe(0)
      const [here, there] = [await instance.status(), await other.status()]
      expect(there.engines.every(({ state }) => state === 'up')).toBe(true)
      const pids = new Set(here.engines.map(({ pid }) => pid))
      expect(there.engines.filter(({ pid }) => pids.has(pid))).toEqual([])
    } finally {
      await other.remove()
      // root's own, and left by `destroy`: its command says so.
      await rm(join('/var/lib/edge', other.name), { recursive: true, force: true })
    }
    expect((await instance.status()).engines.every(({ state }) => state === 'up')).toBe(true)
  })
})

/** Runs what the agent runs when it sees that a step must be healed, as the user that it runs as; answers the exit code. */
async function healedByAgent(on: TestInstance): Promise<number | null> {
  const state = join(dirname((await on.status()).passwordFile), '..')
  const { watches }: { watches: { command: [string, ...string[]] }[] } = JSON.parse(
    await readFile(join(state, 'engines/agent/agent.json'), 'utf8'),
  )
  const { uid, gid } = await stat(state)
  const asAgent = world.uid === uid ? [] : ['--reuid', String(uid), '--regid', String(gid), '--clear-groups']
  const { code } = await world.run(['setpriv', ...asAgent, '--', ...(watches[0]?.command ?? [])], {
    env: { HOME: state },
  })
  return code
}

describe('edge on a terminal whose output goes to a file', () => {
  it('moves on the terminal only', async () => {
    const file = join(instance.folder, 'table.txt')
    const line = `${join(project, 'edge')} verify cdn --config ${instance.file} > ${file}`
    const { code, shown } = await onTerminal(['sh', '-c', line], [])
    expect([code, shown]).toEqual([0, expect.stringMatching(/✓ verify +18 looked at/)])
    const table = await readFile(file, 'utf8')
    expect(table).toContain('cdn ')
    expect(table).toBe(stripVTControlCharacters(table))
  })
})

describe('the script of the production document, on a terminal', () => {
  const script = join(project, 'infrastructure', 'deploy-production.sh')
  const run = (answers: readonly Answer[]) => onTerminal([script, '--config', instance.file], answers)

  it('asks for each component, and deploys those that were confirmed', async () => {
    const { code, shown } = await run([
      { when: 'Deploy Database', type: 'n\r' },
      { when: 'Deploy Backups', type: 'n\r' },
      { when: 'Deploy App', type: 'n\r' },
      { when: 'Deploy CDN', type: 'y\r' },
      { when: 'Deploy Load tests', type: 'n\r' },
      { when: 'Deploy Monitoring', type: 'n\r' },
    ])
    expect([code, shown]).toEqual([0, expect.stringMatching(/cdn +certificate/)])
    expect(shown).not.toMatch(/loadTesting +run|database +primary/)
  })

  it('leaves a component alone that is skipped, though what it deploys stands on it', async () => {
    const configuration = await readFile(instance.file, 'utf8')
    const pending = "database: { pool: { idle: '400s' } },"
    await writeFile(instance.file, configuration.replace('database: {},', pending))
    const before = await instance.read('engines/pgbouncer/pgbouncer.ini')
    const planned = (await instance.must('plan', 'app')).stdout
    const deployed = await world.run([script, '--config', instance.file, '--yes', '--skip', 'database', 'loadTesting'])
    const after = await instance.read('engines/pgbouncer/pgbouncer.ini')
    await writeFile(instance.file, configuration)
    expect([planned, deployed.code, after]).toEqual([expect.stringMatching(/~ pgbouncer/), 0, before])
  })

  it('is left by Ctrl-C at a question, and has changed nothing', async () => {
    const before = await instance.status()
    const { code, shown } = await run([{ when: 'Deploy Database', type: '\u0003' }])
    expect([code, shown]).toEqual([130, expect.stringContaining('interrupted')])
    expect((await instance.status()).engines).toEqual(before.engines)
  })
})

describe('what stops edge before anything is changed', () => {
  /** One of which nothing ever runs. */
  async function unused(): Promise<TestInstance> {
    const other = await TestInstance.make()
    onTestFinished(() => rm(other.folder, { recursive: true, force: true }))
    return other
  }

  it('says of ports that another instance has whose they are, and does not ask to end it', async () => {
    const other = await unused()
    const configuration = await readFile(instance.file, 'utf8')
    await writeFile(other.file, configuration.replace(instance.name, other.name).replace(instance.state, other.state))
    const ran = await other.edge(['up', '--no-load-test'])
    expect([ran.code, ran.stderr]).toEqual([
      2,
      expect.stringContaining(`are in use by the instance "${instance.name}"`),
    ])
    expect(ran.stderr).toContain(`ports.pooler and ports.first (${innerPorts} from there on)`)
    expect(ran.stderr).not.toContain('end that program')
  })

  it.each([
    ['ends the program', 'process.exit(0)', 'ends the program (process.exit)'],
    [
      'has a state with a blank in its path',
      "export default { state: '/tmp/a b', site: { static: 'public' } }",
      'has " " in it',
    ],
    [
      'is for a name of the network that this machine has not',
      "export default { serve: { listen: '192.0.2.1' }, site: { static: 'public' } }",
      'is no address of this machine',
    ],
  ])('is a configuration that %s, and ends with 2', async (_, text, words) => {
    const other = await unused()
    await writeFile(other.file, text)
    const ran = await other.edge(['up', '--no-load-test'])
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining(words)])
  })

  it('says how to go on where the marker of an instance is gone', async () => {
    const marker = join(instance.state, 'instance.json')
    const { uid, gid } = await stat(marker)
    const content = await readFile(marker, 'utf8')
    await rm(marker)
    const ran = await instance.edge(['plan'])
    await writeFile(marker, content)
    await chown(marker, uid, gid)
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('whose instance.json is gone')])
  })

  it('is a socket of nginx that somebody removed: up puts it back', async () => {
    await rm(join(instance.state, 'run', 'store.sock'))
    expect((await instance.must('up', '--no-load-test')).stdout).toMatch(/nginx +restarted/)
    expect((await instance.judgement('cdn.originPrivate'))?.verdict).toBe('kept')
  })

  it('reports every mistake of a configuration at once, and exits with 2', async () => {
    const broken = await TestInstance.make("database: { pool: { maximum: 4000, idle: '7' } }, cdn: { cachng: {} },")
    const ran = await broken.edge(['up'])
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('3 mistakes')
    for (const path of ['database.pool.maximum', 'database.pool.idle', 'cdn.cachng']) expect(ran.stderr).toContain(path)
    expect(await stat(broken.state).catch(() => undefined)).toBeUndefined()
    await broken.remove()
  })

  it('wants the name typed before it destroys, and deletes nothing in a script without --yes', async () => {
    const ran = await instance.edge(['destroy'])
    expect(ran.code).toBe(2)
    expect((await instance.status()).engines.every(({ state }) => state === 'up')).toBe(true)
  })
})

describe('edge destroy on a terminal', () => {
  /** An instance that nothing runs of, and what its state directory holds. */
  async function neverUp() {
    const other = await TestInstance.make()
    await prepareState(other.state, other.name)
    const { uid, gid } = await stat(instance.state)
    await world.run(['chown', '-R', `${uid}:${gid}`, other.state])
    return { other, holds: () => readdir(other.state).catch((): string[] => []) }
  }
  const typed = (on: TestInstance, name: string) =>
    onTerminal([join(project, 'edge'), 'destroy', '--config', on.file], [{ when: 'to delete it:', type: `${name}\r` }])

  it('deletes nothing where another name is typed', async () => {
    const { other, holds } = await neverUp()
    const before = await holds()
    const { code, shown } = await typed(other, instance.name)
    expect([code, shown]).toEqual([2, expect.stringContaining(`is not "${other.name}"; nothing was deleted`)])
    expect(await holds()).toEqual(before)
    await other.remove()
  })

  it('shows what is lost, and deletes it where the name is typed', async () => {
    const { other, holds } = await neverUp()
    const before = await holds()
    const { code, shown } = await typed(other, other.name)
    expect([code, shown]).toEqual([0, expect.stringContaining(`deletes ${other.state}, for good`)])
    const listed = shown.slice(0, shown.indexOf('Type the instance')).split(/\s+/)
    expect(listed).toEqual(expect.arrayContaining(before.filter((name) => name !== 'instance.json')))
    expect(await holds()).toEqual([])
    await other.remove()
  })
})
