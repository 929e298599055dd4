import { room } from '../../src/core/room.ts'
import { backupReserved } from './reserved.ts'

export const backupRoom = room({
  name: 'backup',
  field: 'backup',
  settings: async () => (await import('./settings.ts')).backupSettings,
  words: {
    question: 'Backups: vault, role, database plans, versioning and lifecycle, state plans, verification, alarms',
    spellings: ['backups'],
    documentSteps: [
      { step: 'vault', here: 'two encrypted repositories (backup.repository, backup.secondRepository)' },
      { step: 'role', here: "the engines' user, who alone may read the key" },
      { step: 'database plans', here: 'daily, weekly and monthly by the agent (pgBackRest); logs every minute' },
      { step: 'versioning and lifecycle', here: 'snapshots of uploads and releases (restic), kept for a year' },
      { step: 'state plans', here: 'a daily export of the schema of the application state' },
      { step: 'verification', here: 'every Saturday: restored, compared, recorded' },
      { step: 'alarms', here: 'failed, size, duration, age, verification: edge alarms lists them' },
    ],
  },
  reserved: backupReserved,
  load: async () => (await import('./component.ts')).backupComponent,
})
