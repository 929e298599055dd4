import type { Local } from '../../src/core/component.ts'
import type { Instance } from '../../src/core/instance.ts'
import type { Backups, BackupNeeds } from './backups.ts'
import { backupPaths } from './paths.ts'
import { patiently } from './patience.ts'
import { archivingStep } from './step-archiving.ts'
import type { BackupSettings } from './settings.ts'
import { repositoryStep } from './step-repository.ts'

/** Parts of the database after which it can be asked, and after which it has its parameters. */
export type After = { readonly ready: readonly string[]; readonly inForce: readonly string[] }

/** The repositories; the backups themselves are made by the verbs, by hand or by the agent's clock. */
export function local(
  instance: Instance,
  settings: BackupSettings,
  { after, ...needs }: BackupNeeds & { readonly after: After },
): Local<Backups, Readonly<Record<never, never>>> {
  const database = { ...needs.database, leader: patiently(needs.database.leader) }
  const paths = backupPaths(instance, settings)
  const backups: Backups = { ...needs, database, state: instance.state, settings, paths }
  return {
    // A primary that restarts for its parameters would end what asks it meanwhile.
    plan: settings.enabled
      ? [repositoryStep(backups, [...after.ready, ...after.inForce]), archivingStep(backups, after.inForce)]
      : [],
    provides: {},
    endpoint: backups,
  }
}
