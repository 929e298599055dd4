import { room } from '../../src/core/room.ts'
import { json } from '../../src/core/verb.ts'
import { backupReserved } from './reserved.ts'

export const backupRoom = room({
  name: 'backup',
  field: 'backup',
  settings: async () => (await import('./settings.ts')).backupSettings,
  words: {
    question: 'Backups: vault, role, database plans, versioning and lifecycle, state plans, verification, alarms',
    spellings: ['backups'],
    documentSteps: [
      {
        step: 'vault',
        here: 'two encrypted repositories (backup.repository, backup.secondRepository)',
        onAws: 'a locked vault of AWS Backup with a key of its own; another one in aws.copies',
      },
      {
        step: 'role',
        here: "the engines' user, who alone may read the key",
        onAws: 'the role that AWS Backup backs up and restores as',
      },
      {
        step: 'database plans',
        here: 'daily, weekly and monthly by the agent (pgBackRest); logs every minute',
        onAws: 'daily, weekly and monthly by AWS Backup; continuous for any second of the last week',
      },
      {
        step: 'versioning and lifecycle',
        here: 'snapshots of uploads and releases (restic), kept for a year',
        onAws: 'the bucket of uploads: earlier versions become cheaper with their age, and go at last',
      },
      {
        step: 'state plans',
        here: 'a daily export of the schema of the application state',
        onAws: 'DynamoDB: point-in-time recovery of each table, and a daily backup',
      },
      {
        step: 'verification',
        here: 'every Saturday: restored, compared, recorded',
        onAws: 'a restore test every Saturday, compared by a function',
      },
      {
        step: 'alarms',
        here: 'failed, size, duration, age, verification: edge alarms lists them',
        onAws: 'size, duration, age, restore test; of a job that failed the stack of monitoring tells',
      },
    ],
  },
  reserved: backupReserved,
  verbs: [
    {
      name: 'backup',
      description:
        'Make a backup now, list all of them, verify the newest one, show when the agent does so, compare a restored copy with the live database, or write down what a recovery needs.',
      arguments: [
        { name: '[action]', description: 'now, list, verify, schedule, compare or recovery-sheet (default: list)' },
        {
          name: '[what]',
          description:
            'of now: how long it is kept, as daily, weekly or monthly (default: daily); files: those alone, where any changed. Of compare: the folder of the copy',
        },
      ],
      options: [
        json,
        {
          flags: '--deep',
          description:
            'of verify: then bring back every backup of both repositories, and look each through; takes as long as that many restores; other backups are made between two of them',
        },
        { flags: '--from <repository>', description: 'of list: first or second (default: first)' },
        { flags: '--out <file>', description: 'of recovery-sheet: write it there, for its owner alone' },
        { flags: '--yes', description: 'of recovery-sheet: show the key without asking' },
      ],
      examples: [
        'edge backup now',
        'edge backup now weekly',
        'edge backup list --json',
        'edge backup verify',
        'edge backup verify --deep',
        'edge backup schedule',
        'edge backup compare /srv/restored',
        'edge backup recovery-sheet --out /mnt/usb/recovery-sheet',
      ],
      before: async () => (await import('./verb-backup.ts')).asked,
      load: async () => (await import('./verb-backup.ts')).backup,
    },
    {
      name: 'restore',
      description:
        'Bring the database, the application state or files back as they were, into a folder of its own, where what runs is left alone; with --replace in place of what is live.',
      arguments: [
        { name: '<what>', description: 'database, state or files' },
        { name: '[path]', description: 'of files: one file or folder (default: all that is backed up)' },
      ],
      options: [
        json,
        { flags: '--to <time>', description: "the moment, with its zone: '2026-01-31 12:00:00+00' (default: now)" },
        { flags: '--into <folder>', description: 'a folder that is not there yet, or is empty' },
        {
          flags: '--replace',
          description: 'of database and state: put it in the place of what is live, which is kept aside; asks first',
        },
        { flags: '--yes', description: 'of --replace: ask nothing', only: { with: 'replace' } },
        { flags: '--from <repository>', description: 'the repository that is read: first or second (default: first)' },
      ],
      examples: [
        "edge restore database --to '2026-01-31 12:00:00+00' --into /srv/restored",
        "edge restore state --to '2026-01-31 12:00:00+00' --into /srv/restored",
        'edge restore files uploads --into /srv/restored',
        'edge restore database --from second --into /srv/restored',
        "edge restore database --to '2026-01-31 12:00:00+00' --replace",
      ],
      before: async () => (await import('./verb-restore.ts')).beforeRestore,
      load: async () => (await import('./verb-restore.ts')).restore,
    },
  ],
  aws: async () => (await import('./aws/room.ts')).stacks,
  load: async () => (await import('./component.ts')).backupComponent,
})
