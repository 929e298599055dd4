import { json, type Verb } from '../core/verb.ts'
import { config, dryRun, yes } from './verb-options.ts'

/** What is done with an instance that serves, by hand or by its agent. */
export const upkeep: readonly Verb[] = [
  {
    name: 'drill',
    description:
      'Run measurements that take minutes, and record them for the checks. The agent runs them on a schedule, too.',
    arguments: [
      {
        name: '[name...]',
        description: 'a drill, or the first word of several (default: those that the agent runs)',
      },
    ],
    options: [
      config,
      json,
      yes,
      {
        flags: '--real',
        description: 'take as much memory, disk and operations as the real boundary asks for, and not a bounded part',
      },
    ],
    examples: [
      'edge drill pool',
      'edge drill connections',
      'edge drill free-storage --real',
      'edge drill all --yes',
      'edge drill own',
      'edge drill due --yes',
    ],
    list: async () => (await import('./drill.ts')).drillList(),
    load: async () => (await import('./drill.ts')).drill,
  },
  {
    name: 'losses',
    description: 'List acknowledged writes that the database lost; `seen` marks them as known.',
    arguments: [
      { name: '[seen]', description: 'mark all of them as known, for example after a restore to an earlier time' },
    ],
    options: [config, json],
    examples: ['edge losses', 'edge losses seen'],
    load: async () => (await import('../../infrastructure/recovery/losses.ts')).losses,
  },
  {
    name: 'secrets',
    description: 'Replace the passwords of the database and of its tools while the site serves; no request fails.',
    arguments: [
      {
        name: '<what>',
        description:
          'rotate: new ones are made, every program is told, the old ones are refused; cut off, it is taken up by the same command',
      },
    ],
    options: [config, json, dryRun],
    examples: ['edge secrets rotate', 'edge secrets rotate --dry-run', 'edge secrets rotate --json'],
    load: async () => (await import('./secrets.ts')).secrets,
  },
  {
    name: 'heal',
    description: 'Bring one step back to what it should be; the agent calls it.',
    arguments: [{ name: '<step>', description: 'its name in `edge plan`' }],
    options: [config],
    examples: ['edge heal standby'],
    hidden: true,
    load: async () => (await import('./heal.ts')).heal,
  },
  {
    name: 'renew',
    description: 'Renew the certificates that are due; the agent calls it once a day.',
    options: [config],
    examples: ['edge renew'],
    hidden: true,
    load: async () => (await import('./renew.ts')).renew,
  },
]
