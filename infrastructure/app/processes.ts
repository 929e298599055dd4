import { join, resolve } from 'node:path'
import type { Instance } from '../../src/core/instance.ts'
import type { Engine } from '../../src/core/plan.ts'
import { api } from '../../src/engines/api.ts'
import { urlOf } from '../../src/engines/postgres.ts'
import { commandOf, searchPath } from './command.ts'
import type { AppNeeds } from './needs.ts'
import type { SiteSettings } from './settings.ts'

export type Processes = Extract<NonNullable<SiteSettings['api']>, { command: string[] }>

/** One more process, which no visitor meets. */
export const trialName = 'api-trial'
const apiName = (index: number): string => `api${index + 1}`

/** The two processes of the API, one of which always answers. */
export function apiProcesses(
  instance: Instance,
  settings: Processes,
  needs: AppNeeds,
  after: readonly string[],
): readonly Engine[] {
  return instance.ports.api.map((port, index) =>
    apiProcess(instance, settings, needs, {
      name: apiName(index),
      port,
      // One after the other: while a new version is started, the other process answers.
      after: index === 0 ? after : [...after, apiName(index - 1)],
    }),
  )
}

/** One process of the API, in the folder of the published one or of the configuration. */
export function apiProcess(
  instance: Instance,
  settings: Processes,
  needs: AppNeeds,
  { name, port, after }: { readonly name: string; readonly port: number; readonly after: readonly string[] },
): Engine {
  return api({
    name,
    command: commandOf(instance, settings.command, { port: String(port) }),
    cwd: needs.published?.folder ?? instance.directory,
    environment: {
      PATH: searchPath(instance),
      NODE_ENV: 'production',
      DATABASE_URL: urlOf(needs.database.app),
      DATABASE_READER_URL: urlOf(needs.database.reader),
      UPLOADS_DIRECTORY: join(instance.state, 'uploads'),
      PUBLIC_URL: needs.publicUrl,
      TEST_ACCOUNTS: String(needs.testAccounts),
      TEST_PASSWORD: instance.secrets.testAccounts,
      PROXY_SECRET: instance.secrets.proxy,
      ...settings.environment,
      // Last: nginx asks there, whatever the configuration says.
      HOST: '127.0.0.1',
      PORT: String(port),
    },
    port,
    health: settings.health,
    // A release never changes; what is in the folder of the configuration is no part of it.
    watches: needs.published ? [] : settings.sources.map((source) => resolve(instance.directory, source)),
    after,
  })
}
