import { join } from 'node:path'
import type { Instance } from '../../src/core/instance.ts'
import { secretsOf } from '../../src/core/reserved.ts'
import { urlOf } from '../../src/engines/postgres.ts'
import { supervisedEnvironment } from '../../src/targets/local/processes.ts'
import { commandOf, searchPath } from './command.ts'
import { driverParameters } from './driver-parameters.ts'
import type { AppNeeds } from './needs.ts'
import { appReserved } from './reserved.ts'
import type { SiteSettings } from './settings.ts'

type Environment = Readonly<Record<string, string>>

const testAccountsOf = (instance: Instance, { testAccounts }: AppNeeds): Environment => ({
  TEST_ACCOUNTS: String(testAccounts),
  TEST_PASSWORD: secretsOf(instance, appReserved).testAccounts,
})

/** What a process of the API has in its environment, but for where it listens. */
export function processEnvironment(instance: Instance, api: SiteSettings['api'], needs: AppNeeds): Environment {
  const program = api && 'command' in api ? api : undefined
  const cwd = needs.published?.folder ?? instance.directory
  const parameters =
    program && (program.databaseParameters ?? driverParameters(cwd, commandOf(instance, program.command, {})))
  return {
    PATH: searchPath(instance),
    NODE_ENV: 'production',
    DATABASE_URL: urlOf(needs.database.app, parameters),
    DATABASE_READER_URL: urlOf(needs.database.reader, parameters),
    DATABASE_SESSION_URL: urlOf(needs.database.session),
    UPLOADS_DIRECTORY: join(instance.state, 'uploads'),
    PUBLIC_URL: needs.publicUrl,
    ...testAccountsOf(instance, needs),
    PROXY_SECRET: needs.edge.proof,
    ...program?.environment,
  }
}

/**
 * What migrations have, whole: they read the settings that the API reads, and are the schema's owner whatever the
 * configuration says. The same from a shell and from the agent.
 */
export function migrationsEnvironment(instance: Instance, api: SiteSettings['api'], needs: AppNeeds): Environment {
  const owner = urlOf(needs.database.owner)
  return {
    ...supervisedEnvironment(instance.state),
    ...processEnvironment(instance, api, needs),
    DATABASE_URL: owner,
    // What reads this one, as the API does, is the schema's owner here all the same.
    DATABASE_SESSION_URL: owner,
    ...testAccountsOf(instance, needs),
  }
}
