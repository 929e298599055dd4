import type { Room } from './part.ts'

/** The rooms that have speeds; loaded when asked for. */
export const rooms: Readonly<Record<string, Room>> = {
  app: { needsEngines: true, load: () => import('./app.ts') },
  aws: { needsEngines: false, load: () => import('./aws.ts') },
  backup: { needsEngines: true, load: () => import('./backup.ts') },
  cdn: { needsEngines: true, load: () => import('./cdn.ts') },
  cli: { needsEngines: false, load: () => import('./cli.ts') },
  database: { needsEngines: true, load: () => import('./database.ts') },
  'load-testing': { needsEngines: true, load: () => import('./load-testing.ts') },
  local: { needsEngines: true, load: () => import('./local.ts') },
}
