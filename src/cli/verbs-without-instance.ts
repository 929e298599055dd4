import { json, type Verb } from '../core/verb.ts'
import { config } from './verb-options.ts'

/** What needs no instance: asked of a configuration, of this machine, or of edge itself. */
export const withoutInstance: readonly Verb[] = [
  {
    name: 'config',
    description: 'Show the whole configuration, and where each value comes from.',
    options: [config, json],
    examples: ['edge config', 'edge config --json'],
    load: async () => (await import('./config.ts')).config,
  },
  {
    name: 'unit',
    description:
      'Print a systemd unit that starts this instance with the machine, for you to install. Its commands are tested; a reboot is not.',
    options: [config],
    examples: [
      'sudo edge unit --config /srv/my-app/production.config.ts | sudo tee /etc/systemd/system/edge-production.service',
      'sudo systemctl enable edge-production   (after: sudo systemctl daemon-reload)',
    ],
    load: async () => (await import('./unit.ts')).unit,
  },
  {
    name: 'prepare',
    description: 'Install the packages that the engines need, and nothing else: the one part of `up` that needs root.',
    options: [config, { flags: '--tests', description: 'what `edge test` needs, too' }],
    examples: ['sudo edge prepare'],
    load: async () => (await import('./prepare.ts')).prepare,
  },
  {
    name: 'test',
    description: 'Run the tests of edge itself, on real engines.',
    options: [
      { flags: '--long', description: 'trials and full-length runs, too' },
      { flags: '--only <kind>', description: 'static, unit, engine, emulator, load, browser or long' },
    ],
    examples: ['edge test', 'edge test --only unit'],
    load: async () => (await import('./test.ts')).runTests,
  },
  {
    name: 'bench',
    description:
      "Measure edge's own speeds on this machine, each against its goal; all takes more than an hour. The first run installs about 550 MB.",
    arguments: [
      {
        name: '[room...]',
        description: 'app, aws, backup, cdn, cli, database, load-testing or local; all where none is named',
      },
    ],
    options: [json],
    examples: ['edge bench', 'edge bench cdn', 'edge bench cli local --json'],
    load: async () => (await import('./bench.ts')).bench,
  },
]
