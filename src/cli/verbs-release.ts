import { json, type Verb } from '../core/verb.ts'
import { config, dryRun, target, yes } from './verb-options.ts'

/** Releases of the site and of its API. */
export const ofReleases: readonly Verb[] = [
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
]
