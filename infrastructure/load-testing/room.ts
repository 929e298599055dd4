import { room } from '../../src/core/room.ts'
import { json } from '../../src/core/verb.ts'
import { documentSteps } from './document-steps.ts'

export const loadTestingRoom = room({
  name: 'loadTesting',
  field: 'loadTesting',
  settings: async () => (await import('./settings.ts')).loadTestingSettings,
  words: {
    question: 'Load tests: the smoke test, one minute',
    spellings: ['load-testing', 'load-tests'],
    documentSteps,
  },
  pages: async () => (await import('./pages.ts')).pages(),
  verbs: [
    {
      name: 'load-test',
      shownAfter: 'logs',
      description: 'Run a load scenario against what runs, and judge it: smoke, load, stress or soak; or compare runs.',
      arguments: [
        {
          name: '[scenario...]',
          description:
            'smoke, load, stress or soak; asked for on a terminal. Or compare BASE CANDIDATE: the addresses of two sites on one machine, which it measures by turns with load (it switches no release: put the candidate up beside the base, with another name and port); or two releases that you measured by turns, or folders of runs. Or init: a file to write the journey in. Or export SCENARIO',
        },
      ],
      options: [
        json,
        {
          flags: '--scale <factor>',
          description: 'run it shorter (0.1 = a tenth of each stage); never counts as kept',
        },
        { flags: '--users <count>', description: 'with so many users at its top; never counts as kept' },
        {
          flags: '--open',
          description: 'begin journeys at a fixed rate, whatever the site does; never counts as kept',
        },
        {
          flags: '--compare <run>',
          description: 'set it beside an earlier run of the same kind: a name of edge reports, or a folder',
        },
        {
          flags: '--pairs <count>',
          description: 'of compare with two addresses: how many times each is measured (default: 12)',
        },
        { flags: '--against <url>', description: 'another site than this instance; the password: EDGE_TEST_PASSWORD' },
        { flags: '--ca <file>', description: 'the authority of that site, where the machine does not know it' },
        {
          flags: '--k6-operator',
          description: 'of export: a script and a manifest for the k6 Operator on Kubernetes',
        },
        { flags: '--runners <count>', description: 'of export: how many pods share the users (default: 1)' },
        { flags: '--into <folder>', description: 'of export: a folder that is not there yet' },
        { flags: '--yes', description: 'ask nothing; --against only goes to loadTesting.against then' },
      ],
      examples: [
        'edge load-test smoke',
        'edge load-test load',
        'edge load-test soak --scale 0.1',
        'edge load-test load --open --users 20',
        'edge load-test load --compare last',
        'edge load-test smoke --against https://staging.example.com',
        'edge load-test init',
        'edge load-test export stress --k6-operator --against https://staging.example.com --into k6',
        'edge load-test compare https://localhost:8443 https://localhost:9443 --ca candidate/tls/ca.crt --scale 0.1 --users 20',
        'edge load-test compare 2026-11-23.1 2026-11-23.2',
      ],
      before: async () => (await import('./before-load-test.ts')).beforeLoadTest,
      load: async () => (await import('./verb-load-test.ts')).loadTest,
    },
    {
      name: 'reports',
      shownAfter: 'logs',
      description: 'List the load tests that were made, newest first, or show one.',
      arguments: [{ name: '[run]', description: 'last, or the beginning of the name of a run' }],
      options: [json],
      examples: ['edge reports', 'edge reports last', 'edge reports 2026-01-31T12 --json'],
      load: async () => (await import('./verb-reports.ts')).reports,
    },
  ],
  load: async () => (await import('./component.ts')).loadTestingComponent,
})
