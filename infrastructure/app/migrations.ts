import type { Instance } from '../../src/core/instance.ts'
import type { Step } from '../../src/core/plan.ts'
import type { World } from '../../src/core/world.ts'
import { withClient } from '../../src/engines/postgres.ts'
import { fingerprint } from '../../src/targets/local/files.ts'
import { commandOf, runOrExplain } from './command.ts'
import { migrationsEnvironment } from './environment.ts'
import { fingerprintOfSources } from './fingerprint.ts'
import type { AppNeeds } from './needs.ts'
import type { SiteSettings } from './settings.ts'

type Migrations = NonNullable<SiteSettings['migrations']>

const migrateWithinMs = 30 * 60_000

/** The environment of whoever calls, taken away: a shell has another one than the agent. */
const nothingOf = (env: World['env']): World['env'] =>
  Object.fromEntries(Object.keys(env).map((name) => [name, undefined]))

/** The schema, as the migrations of the configuration or of the published API make it. */
export function migrationsStep(
  instance: Instance,
  { command, sources }: Migrations,
  api: SiteSettings['api'],
  needs: AppNeeds,
): Step {
  const { owner, ready } = needs.database
  const { published } = needs
  // Of a published API the folder is known by its name. Each is written down for itself: one that was gone back to has
  // been applied already, and must not be applied to a schema that has gone on since.
  const what = published ? `migrations ${published.id}` : 'migrations'
  const wanted = async () =>
    published
      ? fingerprint([command, needs.testAccounts])
      : fingerprintOfSources(instance.directory, sources, [command, needs.testAccounts])
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
          'select fingerprint, said from edge.applied where what = $1',
          [what],
        )
        return found.rows[0]
      })
      if (!applied) return { missing: 'no migration was applied yet' }
      said = applied.said
      return applied.fingerprint === (await wanted()) ? 'done' : { missing: 'the migrations changed' }
    },
    ensure: async (world) => {
      const applied = await wanted()
      const printed = await runOrExplain(
        world,
        instance,
        published?.folder ?? instance.directory,
        'migrations',
        commandOf(instance, command, {}),
        { ...nothingOf(world.env), ...migrationsEnvironment(instance, api, needs) },
        migrateWithinMs,
      )
      said = printed.trim().split('\n').at(-1) ?? ''
      await withClient(owner, async (client) => {
        await client.query(
          `create table if not exists edge.applied
             (what text primary key, fingerprint text not null, said text not null, at timestamptz not null default now())`,
        )
        await client.query(
          `insert into edge.applied (what, fingerprint, said) values ($1, $2, $3)
             on conflict (what) do update set fingerprint = excluded.fingerprint, said = excluded.said, at = now()`,
          [what, applied, said],
        )
      })
    },
    detail: async () => said,
  }
}
