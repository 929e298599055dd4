import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Local } from '../../src/core/component.ts'
import { OperatorError } from '../../src/core/errors.ts'
import type { Instance } from '../../src/core/instance.ts'
import type { Engine, Step } from '../../src/core/plan.ts'
import type { Command, World } from '../../src/core/world.ts'
import { api } from '../../src/engines/api.ts'
import { type PgAddress, urlOf, withClient } from '../../src/engines/postgres.ts'
import { fingerprintOfSources } from './fingerprint.ts'
import type { SiteSettings } from './settings.ts'

export type AppNeeds = {
  readonly database: {
    readonly app: PgAddress
    readonly reader: PgAddress
    readonly owner: PgAddress
    readonly ready: readonly string[]
  }
  /** The site's address, as its visitors write it. */
  readonly publicUrl: string
  /** Accounts that the migrations make for the load tests. */
  readonly testAccounts: number
}

export type AppProvides = {
  readonly api?: { readonly upstreams: readonly string[]; readonly health: string }
  readonly static: { readonly directory: string; readonly after: readonly string[] }
  readonly ready: readonly string[]
}

type Build = Exclude<SiteSettings['static'], string>
type Processes = Extract<NonNullable<SiteSettings['api']>, { command: string[] }>
type Migrations = NonNullable<SiteSettings['migrations']>

const buildWithinMs = 10 * 60_000
const migrateWithinMs = 30 * 60_000

/** The operator's app by its configuration: its build, its schema, its API processes. */
export function local(instance: Instance, site: SiteSettings, needs: AppNeeds): Local<undefined, AppProvides> {
  const build = typeof site.static === 'string' ? undefined : buildStep(instance, site.static)
  const migrations = site.migrations ? migrationsStep(instance, site.migrations, needs) : undefined
  const before = [...needs.database.ready, ...(migrations ? [migrations.name] : [])]
  const processes = site.api && 'command' in site.api ? apiProcesses(instance, site.api, needs, before) : []
  const output = typeof site.static === 'string' ? resolve(instance.directory, site.static) : outputOf(instance)
  return {
    plan: [...(build ? [build] : []), ...(migrations ? [migrations] : []), ...processes],
    provides: {
      ...(site.api ? { api: { upstreams: upstreamsOf(instance, site.api), health: site.api.health } } : {}),
      static: { directory: output, after: build ? [build.name] : [] },
      ready: processes.map(({ name }) => name),
    },
    endpoint: undefined,
  }
}

const outputOf = (instance: Instance): string => join(instance.state, 'build', 'web')

function upstreamsOf(instance: Instance, settings: NonNullable<SiteSettings['api']>): readonly string[] {
  if ('command' in settings) return instance.ports.api.map((port) => `127.0.0.1:${port}`)
  const { hostname, port } = new URL(settings.url)
  return [`${hostname}:${port === '' ? '80' : port}`]
}

/** `node` is the one that runs edge, whatever else is on PATH. */
function commandOf(instance: Instance, words: readonly string[], places: Readonly<Record<string, string>>): Command {
  const [program = '', ...args] = words.map((word) =>
    word.replaceAll(/\{(\w+)\}/g, (whole, name: string) => places[name] ?? whole),
  )
  return [program === 'node' ? instance.node : program, ...args]
}

const searchPath = (instance: Instance): string =>
  `${dirname(instance.node)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`

function buildStep(instance: Instance, { command, sources }: Build): Step {
  const output = outputOf(instance)
  const stamp = `${output}.fingerprint`
  const wanted = () => fingerprintOfSources(instance.directory, sources, command)
  return {
    kind: 'step',
    name: 'build',
    component: 'app',
    title: 'build',
    after: [],
    observe: async () => {
      const found = await readFile(stamp, 'utf8').catch(() => undefined)
      if (found === undefined || !existsSync(output)) return { missing: 'nothing was built yet' }
      return found === (await wanted()) ? 'done' : { missing: 'the sources changed' }
    },
    ensure: async (world) => {
      const fingerprint = await wanted()
      const aside = `${output}.new`
      await rm(aside, { recursive: true, force: true })
      await mkdir(aside, { recursive: true, mode: 0o755 })
      await runOrExplain(world, instance, 'build', commandOf(instance, command, { output: aside }), {}, buildWithinMs)
      await rm(stamp, { force: true })
      await rm(output, { recursive: true, force: true })
      await rename(aside, output)
      await writeFile(stamp, fingerprint)
    },
  }
}

function migrationsStep(instance: Instance, { command, sources }: Migrations, needs: AppNeeds): Step {
  const { owner, ready } = needs.database
  const environment = {
    DATABASE_URL: urlOf(owner),
    TEST_ACCOUNTS: String(needs.testAccounts),
    TEST_PASSWORD: instance.secrets.testAccounts,
  }
  const wanted = () => fingerprintOfSources(instance.directory, sources, [command, needs.testAccounts])
  let said = ''
  return {
    kind: 'step',
    name: 'migrations',
    component: 'app',
    title: 'schema',
    after: ready,
    // What was applied is written in the database itself: one that was restored or emptied knows it by itself.
    observe: async () => {
      const applied = await withClient(owner, async (client) => {
        const { rows } = await client.query<{ there: boolean }>(
          "select to_regclass('edge.applied') is not null as there",
        )
        if (rows[0]?.there !== true) return undefined
        const found = await client.query<{ fingerprint: string; said: string }>(
          "select fingerprint, said from edge.applied where what = 'migrations'",
        )
        return found.rows[0]
      })
      if (!applied) return { missing: 'no migration was applied yet' }
      said = applied.said
      return applied.fingerprint === (await wanted()) ? 'done' : { missing: 'the migrations changed' }
    },
    ensure: async (world) => {
      const fingerprint = await wanted()
      const printed = await runOrExplain(
        world,
        instance,
        'migrations',
        commandOf(instance, command, {}),
        environment,
        migrateWithinMs,
      )
      said = printed.trim().split('\n').at(-1) ?? ''
      await withClient(owner, async (client) => {
        await client.query(
          `create table if not exists edge.applied
             (what text primary key, fingerprint text not null, said text not null, at timestamptz not null default now())`,
        )
        await client.query(
          `insert into edge.applied (what, fingerprint, said) values ('migrations', $1, $2)
             on conflict (what) do update set fingerprint = excluded.fingerprint, said = excluded.said, at = now()`,
          [fingerprint, said],
        )
      })
    },
    detail: async () => said,
  }
}

/** Runs a command of the operator's and answers what it printed; when it fails, shows its own last words and its log. */
async function runOrExplain(
  world: World,
  instance: Instance,
  name: string,
  command: Command,
  environment: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<string> {
  const env = { PATH: searchPath(instance), ...environment }
  const ran = await world.run(command, { cwd: instance.directory, env, timeoutMs }).catch((error: unknown) => {
    // That one is about the engines, which edge installs; what the operator's own command needs, it does not.
    if (!(error instanceof OperatorError)) throw error
    throw new OperatorError(`site: ${name}`, `${command[0]} is not there to be run in ${instance.directory}`, [
      `is it installed, and on the path of the engines' user (${searchPath(instance)})?`,
    ])
  })
  const log = join(instance.state, 'logs', `${name}.log`)
  await writeFile(log, `${ran.stdout}${ran.stderr}`, { mode: 0o600 })
  if (ran.code === 0) return ran.stdout
  const last = `${ran.stdout}${ran.stderr}`.trim().split('\n').slice(-40).join('\n')
  const how = ran.timedOut ? `did not end within ${timeoutMs / 60_000} min` : `ended with ${ran.code}`
  throw new OperatorError(`site: ${name}`, `${command.join(' ')} ${how}:\n${last}`, [`the whole of it: ${log}`])
}

const apiName = (index: number): string => `api${index + 1}`

function apiProcesses(
  instance: Instance,
  settings: Processes,
  needs: AppNeeds,
  after: readonly string[],
): readonly Engine[] {
  return instance.ports.api.map((port, index) =>
    api({
      name: apiName(index),
      command: commandOf(instance, settings.command, { port: String(port) }),
      cwd: instance.directory,
      environment: {
        PATH: searchPath(instance),
        NODE_ENV: 'production',
        DATABASE_URL: urlOf(needs.database.app),
        DATABASE_READER_URL: urlOf(needs.database.reader),
        UPLOADS_DIRECTORY: join(instance.state, 'uploads'),
        PUBLIC_URL: needs.publicUrl,
        TEST_ACCOUNTS: String(needs.testAccounts),
        TEST_PASSWORD: instance.secrets.testAccounts,
        ...settings.environment,
        // Last: nginx asks there, whatever the configuration says.
        HOST: '127.0.0.1',
        PORT: String(port),
      },
      port,
      health: settings.health,
      watches: settings.sources.map((source) => resolve(instance.directory, source)),
      // One after the other: while a new version is started, the other process answers.
      after: index === 0 ? after : [...after, apiName(index - 1)],
    }),
  )
}
