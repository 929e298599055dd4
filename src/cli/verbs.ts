import { roomNames, rooms } from '../../infrastructure/rooms.ts'
import { json, type RoomVerb, type Verb } from '../core/verb.ts'

/** Where a verb does its work. */
const target = { flags: '--target <name>', description: "local or aws (default: the configuration's)" }

const config = {
  flags: '--config <file>',
  description: 'the configuration (default: production.config.ts here, else the one of the clone)',
}
const yes = { flags: '--yes', description: 'ask nothing' }
const dryRun = { flags: '--dry-run', description: 'show what would be done, and do nothing' }

const componentsOf = `${roomNames.join(', ')}; all where none is named`

const ofRooms = rooms.flatMap(({ field, verbs: its = [] }) =>
  // `room` holds each verb against its own settings and endpoint. A loop over the verbs of all rooms cannot say that.
  (its as readonly RoomVerb<unknown, unknown>[]).map(({ shownAfter = 'drill', ...verb }) => ({
    shownAfter,
    verb: {
      ...verb,
      options: [config, ...verb.options],
      load: async () => {
        const { configurationVerb, instanceVerb } = await import('./room-verb.ts')
        return 'reads' in verb ? configurationVerb(verb.name) : instanceVerb(verb.name, field, verb.before)
      },
    } satisfies Verb,
  })),
)

/** The verbs that no room has. */
const general: readonly Verb[] = [
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
  {
    name: 'publish',
    description:
      'Publish a built folder, and optionally its API, as the live release. The switch is atomic; open tabs keep their files.',
    arguments: [{ name: '<folder>', description: 'what the build wrote; - reads a tar of it from standard input' }],
    options: [
      config,
      json,
      {
        flags: '--api <folder>',
        description: "the API's program with its packages; its migrations run first (default: the live API)",
      },
      {
        flags: '--web <folder>',
        description: 'in a tar: the folder of the site (default: all of it); --api also names a folder in the tar',
      },
      {
        flags: '--contract <name...>',
        description: 'tables or columns that the migrations may drop, because the live release no longer uses them',
      },
      { flags: '--commit <id>', description: 'the version of the source (default: git says it)' },
      target,
    ],
    examples: [
      'edge publish dist',
      'edge publish dist --api build/api',
      'tar -C dist -c . | ssh host edge publish - --config /srv/my-app/production.config.ts',
      'tar -c dist api | ssh host edge publish - --web dist --api api',
      'edge publish dist --api build/api --contract public.notes.old',
    ],
    load: async () => (await import('../../infrastructure/release/publish.ts')).publish,
    onAws: true,
  },
  {
    name: 'releases',
    description: 'List the published releases; `prune` deletes those older than the configuration keeps.',
    arguments: [{ name: '[prune]', description: 'delete releases that are older than the configuration keeps' }],
    options: [config, json, yes, dryRun, target],
    examples: ['edge releases', 'edge releases --json', 'edge releases prune --dry-run'],
    load: async () => (await import('../../infrastructure/release/releases.ts')).releases,
    onAws: true,
  },
  {
    name: 'rollback',
    description:
      'Roll back to an earlier release: its pages at once, then its API, process by process. The database schema stays as it is.',
    arguments: [{ name: '[release]', description: 'its id, or the beginning of it (default: the previous one)' }],
    options: [
      config,
      json,
      {
        flags: '--contract <name...>',
        description: 'tables or columns dropped since that release, which its API no longer uses',
        only: { on: 'local' },
      },
      target,
    ],
    examples: ['edge rollback', 'edge rollback 2026-11-23.2', 'edge rollback 2026-11-23.2 --contract public.notes.old'],
    load: async () => (await import('../../infrastructure/release/rollback.ts')).rollback,
    onAws: true,
  },
  {
    name: 'explain',
    description: 'Explain how a path is answered: behaviour, caches, cache key, release.',
    arguments: [{ name: '<path>', description: 'a path of the site, or a whole address' }],
    options: [config, json, target],
    examples: ['edge explain /sports/nba', 'edge explain /assets/app-3f2c91ab.js --json'],
    load: async () => (await import('../../infrastructure/release/explain.ts')).explain,
    onAws: true,
  },
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

/** Every verb, in the order in which `edge --help` shows them. */
export const verbs: readonly Verb[] = general.flatMap((verb) => [
  verb,
  ...ofRooms.filter(({ shownAfter }) => shownAfter === verb.name).map((its) => its.verb),
])
