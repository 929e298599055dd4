import { z } from 'zod'
import { field, time } from '../../src/core/field.ts'

const request = z.strictObject({
  method: field(z.enum(['GET', 'POST', 'PUT', 'DELETE']).default('GET'), { doc: 'The method.', example: 'GET' }),
  path: field(z.string().startsWith('/'), { doc: 'The path; {account} is replaced.', example: '/api/sports' }),
  body: field(z.record(z.string(), z.string()).optional(), {
    doc: 'A JSON body; {account} and {password} are replaced.',
    example: { account: '{account}', password: '{password}' },
  }),
  status: field(z.int().min(100).max(599).default(200), { doc: 'The status that is right.', example: 200 }),
  contains: field(z.string().optional(), {
    doc: 'A text that a right answer holds, so that a wrong page with status 200 is found.',
    example: '"sports"',
  }),
})

const step = z.strictObject({
  name: field(z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be lower-case letters, digits and hyphens'), {
    doc: "The step's name in reports.",
    example: 'browse-sports',
  }),
  requests: field(z.array(request).min(1), { doc: 'What a visitor asks for in this step.', example: [{ path: '/' }] }),
})

/** The document's journey, on the reference app: homepage, login, browse sports, odds, predictions, logout. */
export const documentJourney: readonly z.input<typeof step>[] = [
  {
    name: 'homepage',
    requests: [
      { path: '/', contains: '<div id="app"' },
      { path: '/api/sports', contains: '"nba"' },
    ],
  },
  {
    name: 'login',
    requests: [
      {
        method: 'POST',
        path: '/api/login',
        body: { account: '{account}', password: '{password}' },
        contains: '"account"',
      },
    ],
  },
  {
    name: 'browse-sports',
    requests: [
      { path: '/api/sports', contains: '"nba"' },
      { path: '/api/games?sport=nba', contains: '"games"' },
    ],
  },
  { name: 'odds', requests: [{ path: '/api/odds/nba', contains: '"derived"' }] },
  { name: 'predictions', requests: [{ path: '/api/predictions/nba', contains: '"predictions"' }] },
  { name: 'logout', requests: [{ method: 'POST', path: '/api/logout', body: {}, status: 204 }] },
]

export const loadTestingSettings = field(
  z
    .strictObject({
      accounts: field(z.int().min(1).max(100_000).default(1000), {
        doc: 'How many test accounts the migrations make (TEST_ACCOUNTS); each virtual user signs in as one of its own.',
        example: 1000,
        source: 'ours',
      }),
      thinkTime: field(
        z
          .strictObject({
            minimum: field(time().prefault('1 second'), {
              doc: 'The shortest pause between two steps.',
              example: '1 second',
              source: 'ours',
            }),
            maximum: field(time().prefault('5 seconds'), {
              doc: 'The longest pause between two steps.',
              example: '5 seconds',
              source: 'ours',
            }),
          })
          .prefault({}),
        { doc: 'How long a visitor looks at a page.', example: {} },
      ),
      journey: field(
        z
          .array(step)
          .min(1)
          .prefault([...documentJourney]),
        {
          doc: 'What a visitor does, step by step. An app with other pages has steps of its own.',
          example: [{ name: 'homepage', requests: [{ path: '/' }] }],
          source: 'document',
        },
      ),
    })
    .prefault({}),
  { doc: 'Load tests with k6.', example: {} },
)

export type LoadTestingSettings = z.output<typeof loadTestingSettings>
