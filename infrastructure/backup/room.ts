import { room } from '../../src/core/room.ts'

const here = 'not built yet'

export const backupRoom = room({
  name: 'backup',
  field: 'backup',
  settings: async () => (await import('./settings.ts')).backupSettings,
  words: {
    question: 'Backups',
    spellings: ['backups'],
    documentSteps: [
      { step: 'vault', here },
      { step: 'role', here },
      { step: 'database plans', here },
      { step: 'versioning and lifecycle', here },
      { step: 'state plans', here },
      { step: 'verification', here },
      { step: 'alarms', here },
    ],
  },
  load: async () => (await import('./component.ts')).backupComponent,
})
