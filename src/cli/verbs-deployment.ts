import { roomNames } from '../../infrastructure/rooms.ts'
import { json, type Verb } from '../core/verb.ts'
import { config, dryRun, target, yes } from './verb-options.ts'

const componentsOf = `${roomNames.join(', ')}; all where none is named`

/** What brings an instance up, and shows how it is. */
export const bringUp: readonly Verb[] = [
  {
    name: 'up',
    description: 'Everything: install, deploy, verify, load-test, show the addresses.',
    options: [
      config,
      json,
      yes,
      dryRun,
      { flags: '--no-load-test', description: 'end after the verification' },
      {
        flags: '--from-sheet <file>',
        description: 'on a machine that has nothing: bring the site back, by the recovery sheet and its repository',
      },
      {
        flags: '--from <repository>',
        description: 'the repository that is read: first or second (default: second)',
        only: { with: 'fromSheet' },
      },
    ],
    examples: [
      'edge up',
      'edge up --no-load-test',
      'edge up --config staging.config.ts --json',
      'edge up --from-sheet /mnt/usb/recovery-sheet',
    ],
    load: async () => (await import('./up.ts')).up,
  },
  {
    name: 'plan',
    description: 'Show what `up` would change, and why.',
    arguments: [{ name: '[component...]', description: componentsOf }],
    options: [
      config,
      json,
      target,
      {
        flags: '--out <file>',
        description: 'on AWS: write the plan, for edge deploy to do that and no more',
        only: { on: 'aws' },
      },
      { flags: '--drift', description: 'on AWS: what somebody changed by hand, too', only: { on: 'aws' } },
    ],
    examples: ['edge plan', 'edge plan cdn', 'edge plan cdn --target aws --out plan.json'],
    load: async () => (await import('./plan.ts')).plan,
    onAws: true,
  },
  {
    name: 'deploy',
    description: 'Bring what runs to what the configuration says, and verify it.',
    arguments: [{ name: '[component...]', description: `${componentsOf}; on AWS also the file of a plan` }],
    options: [
      config,
      json,
      yes,
      dryRun,
      { flags: '--skip <component...>', description: 'leave these components out' },
      { flags: '--confirm', description: 'ask for each component first (on a terminal)' },
      target,
      {
        flags: '--allow-replacement <component...>',
        description: 'on AWS: what holds the data of these may be replaced or deleted',
        only: { on: 'aws' },
      },
      {
        flags: '--lock-for-good <stack...>',
        description: 'on AWS: confirms that something in these stacks can never be undone (backup.lock)',
        only: { on: 'aws' },
      },
      {
        flags: '--revert-drift',
        description: 'on AWS: put back what somebody changed by hand, too',
        only: { on: 'aws' },
      },
    ],
    examples: [
      'edge deploy',
      'edge deploy cdn',
      'edge deploy --confirm',
      'edge deploy --yes --skip database',
      'edge deploy cdn --target aws plan.json',
    ],
    load: async () => (await import('./deploy.ts')).deploy,
    onAws: true,
  },
  {
    name: 'verify',
    description: 'Prove every guarantee on what runs now, and show the evidence.',
    arguments: [{ name: '[component...]', description: 'only these components; one guarantee by its id' }],
    options: [
      config,
      json,
      target,
      { flags: '--all', description: 'show those that are not claimed, too' },
      { flags: '--url <address>', description: 'a site that somebody else deployed: what can be seen from outside' },
      {
        flags: '--http <address>',
        description: 'where that site is asked without TLS (default: its port 80)',
        only: { with: 'url' },
      },
      {
        flags: '--ca <file>',
        description: 'the authority of its certificate, where the machine does not know it',
        only: { with: 'url' },
      },
      {
        flags: '--api <path>',
        description: 'a path that its API answers (default: /api/health, if that is JSON)',
        only: { with: 'url' },
      },
    ],
    examples: [
      'edge verify',
      'edge verify cdn',
      'edge verify database.standby --json',
      'edge verify cdn --url https://www.example.com',
    ],
    load: async () => (await import('./verify.ts')).verify,
    onAws: true,
  },
  {
    name: 'status',
    description: 'Show what runs, its addresses, and the last verdicts.',
    options: [config, json, target],
    examples: [
      'edge status',
      'PGPASSFILE=/var/lib/edge/production/secrets/pgpass psql "postgresql://…"   (both stand in edge status)',
    ],
    load: async () => (await import('./status.ts')).status,
    onAws: true,
  },
  {
    name: 'logs',
    description: 'Show the logs of the engines.',
    arguments: [{ name: '[engine]', description: 'one engine (default: all)' }],
    options: [
      config,
      { flags: '-f, --follow', description: 'keep printing new lines' },
      { flags: '-n, --lines <count>', description: 'how many lines to begin with (default: 20)' },
    ],
    examples: ['edge logs', 'edge logs nginx -f', 'edge logs pg1 -n 200'],
    load: async () => (await import('./logs.ts')).logs,
  },
]

/** What stops it, or takes it away. */
export const takeDown: readonly Verb[] = [
  {
    name: 'down',
    description: 'Stop everything, in order. The data stays; `edge up` starts it again.',
    options: [config, json],
    examples: ['edge down'],
    load: async () => (await import('./down.ts')).down,
  },
  {
    name: 'destroy',
    description: 'Stop everything and delete this instance with all its data, after asking.',
    arguments: [
      { name: '[component...]', description: 'on AWS: delete the stacks of these alone; all where none is named' },
    ],
    options: [
      config,
      json,
      yes,
      dryRun,
      target,
      {
        flags: '--bucket <name...>',
        description: 'on AWS: this bucket with all that is in it, too (the others stay)',
        only: { on: 'aws' },
      },
    ],
    examples: [
      'edge destroy',
      'edge destroy --dry-run',
      'edge destroy --target aws',
      'edge destroy backup --target aws',
    ],
    load: async () => (await import('./destroy.ts')).destroy,
    onAws: true,
  },
]
