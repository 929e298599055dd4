import { resolve } from 'node:path'
import type { Instance } from '../../src/core/instance.ts'
import type { Engine } from '../../src/core/plan.ts'
import { portsOf } from '../../src/core/reserved.ts'
import { api } from '../../src/engines/api.ts'
import { commandOf } from './command.ts'
import { drainOf } from './drain.ts'
import { processEnvironment } from './environment.ts'
import { poolAdvice } from './pool-advice.ts'
import type { AppNeeds } from './needs.ts'
import type { Member } from './render-balancer.ts'
import { appReserved } from './reserved.ts'
import type { SiteSettings } from './settings.ts'

export type Processes = Extract<NonNullable<SiteSettings['api']>, { command: string[] }>

/** One more process, which no visitor meets. */
export const trialName = 'api-trial'
const apiName = (index: number): string => `api${index + 1}`

/** The processes of the API, as the balancer knows them. */
export const members = (instance: Instance): readonly Member[] =>
  portsOf(instance, appReserved).api.map((port, index) => ({ name: apiName(index), port }))

/** The two processes of the API, one of which always answers. */
export function apiProcesses(
  instance: Instance,
  settings: Processes,
  needs: AppNeeds,
  after: readonly string[],
): readonly Engine[] {
  const all = members(instance)
  return all.map((member, index) =>
    apiProcess(instance, settings, needs, {
      ...member,
      drain: drainOf(instance, member, { ...settings, members: all, edge: needs.edge }),
      // One after the other: while a new version is started, the other process answers.
      after: [...after, ...(index === 0 ? [] : [apiName(index - 1)])],
    }),
  )
}

/** One process of the API, in the folder of the published one or of the configuration. */
export function apiProcess(
  instance: Instance,
  settings: Processes,
  needs: AppNeeds,
  process: Pick<Parameters<typeof api>[0], 'name' | 'port' | 'after' | 'drain'>,
): Engine {
  const { port } = process
  const command = commandOf(instance, settings.command, { port: String(port) })
  const cwd = needs.published?.folder ?? instance.directory
  const engine = api({
    ...process,
    command,
    cwd,
    environment: {
      ...processEnvironment(instance, settings, needs),
      // Last: nginx asks there, whatever the configuration says.
      HOST: '127.0.0.1',
      PORT: String(port),
    },
    health: settings.health,
    advice: poolAdvice,
    // A release never changes; what is in the folder of the configuration is no part of it.
    watches: needs.published ? [] : settings.sources.map((source) => resolve(instance.directory, source)),
  })
  return { component: 'app', ...engine }
}
