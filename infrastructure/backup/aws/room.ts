import { deployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import type { RoomOnAws, RoomStack } from '../../../src/targets/aws/room.ts'
import { backup } from '../guarantees.ts'
import type { BackupSettings } from '../settings.ts'
import { checksOnAws } from './checks.ts'
import type { BackupEndpointOnAws } from './endpoint.ts'
import { figureOf } from './figures.ts'
import { measuredOfJobs } from './measured.ts'
import {
  type DeployedBackup,
  deployedBackup,
  type DeployedCopies,
  deployedCopies,
  copiesOutputs,
  outputs,
} from './outputs.ts'
import { backupProofs } from './proofs.ts'
import { explainsLock, lockForGood } from './vault.ts'
import { BackupCopiesStack, type BackupNeedsOnAws, BackupStack } from './stack.ts'

/** Backups on AWS: one stack, with the bucket and the tables that it is for. */
const backupOnAws: RoomOnAws<typeof backup, BackupSettings, BackupNeedsOnAws, DeployedBackup, BackupEndpointOnAws> = {
  component: 'backup',
  name: 'backup',
  title: 'The backups',
  region: 'configured',
  measured: measuredOfJobs,
  watched: figureOf,
  define: (app, { instance: name, stack, props }, settings, needs) => {
    new BackupStack(app, stack, { ...props, name, settings, ...needs })
  },
  provides: deployedBackup,
  lookBefore: async (frame, _, world, settings) =>
    (await import('./look-before.ts')).lookBefore(frame, outputs.vault, settings, world),
  forGood: lockForGood,
  explains: explainsLock,
  buckets: [outputs.uploads],
  deletion: 'nothing is backed up any more; what was backed up stays, with the tables',
  tells: (provides) => ({
    json: { ...provides },
    rows: [
      ['vault', provides.vault],
      ['uploads', provides.uploads],
      ['tables', `${provides.sessions}, ${provides.preferences}`],
    ],
  }),
  guarantees: backup,
  endpoint: async (_provides, { instance: name, account, stack, region }, settings, needs) => ({
    endpoint: {
      deployed: await deployedStack(stack, { region }),
      proofs: backupProofs({ name, account, region }, settings, needs),
      component: 'backup',
      instance: name,
      primary: needs.database.primary,
      copies: needs.copies?.vault,
      topics: Object.fromEntries(needs.alarms.map(({ severity, topic }) => [severity, topic])),
    },
  }),
  checks: checksOnAws,
  notOnEmulator: Object.fromEntries(
    ['verification', 'restoreTest', 'notification', 'freshness', 'recoveryPoint', 'recoveryTime'].map((promise) => [
      promise,
      'the emulator restores nothing for a test',
    ]),
  ),
}

/** The vault in the other region, which is there before anything is copied to it. */
const backupCopiesOnAws: RoomStack<BackupSettings, object, DeployedCopies> & { readonly region: 'copies' } = {
  component: 'backup',
  name: 'backup-copies',
  title: 'The copies of the backups',
  region: 'copies',
  define: (app, { instance: name, stack, props }, settings) => {
    new BackupCopiesStack(app, stack, { ...props, name, settings })
  },
  provides: deployedCopies,
  forGood: lockForGood,
  explains: explainsLock,
  buckets: [copiesOutputs.uploads],
  lookBefore: async (frame, _, world, settings) =>
    (await import('./look-before.ts')).lookBefore(frame, copiesOutputs.vault, settings, world),
  deletion: 'nothing is copied to the other region any more; what was copied stays, uploads with it',
}

export const stacks = { backup: backupOnAws, 'backup-copies': backupCopiesOnAws }
