import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { field, promisedField, time } from '../../src/core/field.ts'
import { loadTesting } from './guarantees.ts'

/** Under this name reports count what pages load: scripts, styles, images, fonts. */
export const assetsStep = 'assets'

const [shortest, longest] = loadTesting.thinkTime.between

const request = z.strictObject({
  method: field(z.enum(['GET', 'POST', 'PUT', 'DELETE']).default('GET'), { doc: 'The method.', example: 'GET' }),
  path: field(z.string().startsWith('/'), {
    doc: 'The path. {account} and what stands under `choices` are replaced.',
    example: '/api/odds/{sport}',
  }),
  body: field(z.record(z.string(), z.string()).optional(), {
    doc: 'A JSON body. {account}, {password} and what stands under `choices` are replaced.',
    example: { account: '{account}', password: '{password}' },
  }),
  status: field(z.int().min(100).max(599).default(200), { doc: 'The status that is right.', example: 200 }),
  contains: field(z.string().optional(), {
    doc: 'A text that a right answer holds, so that a wrong page with status 200 is found; replaced like the path. An empty one says that an answer without content is right.',
    example: '"sports"',
  }),
  assets: field(z.boolean().default(false), {
    doc: 'Load the scripts, styles, images and fonts that the page names, too, and keep them as a browser does.',
    example: true,
  }),
})

const step = z.strictObject({
  name: field(
    z
      .string()
      .regex(/^[a-z][a-z0-9-]*$/, 'must be lower-case letters, digits and hyphens')
      .refine((name) => name !== assetsStep, `must not be ${assetsStep}: that is how reports call what pages load`),
    { doc: "The step's name in reports.", example: 'browse-sports' },
  ),
  requests: field(z.array(request).min(1), { doc: 'What a visitor asks for in this step.', example: [{ path: '/' }] }),
})

/**
 * The document's journey, on the reference app: homepage, login, browse sports, odds, predictions, logout. Each answer
 * must hold what this visitor asked for: the page of another sport, or an empty list, is wrong.
 */
const documentJourney: readonly z.input<typeof step>[] = [
  {
    name: 'homepage',
    requests: [
      { path: '/', contains: '<div id="app"', assets: true },
      { path: '/api/sports', contains: '"id":"{sport}"' },
    ],
  },
  {
    name: 'login',
    requests: [
      {
        method: 'POST',
        path: '/api/login',
        body: { account: '{account}', password: '{password}' },
        contains: '"account":"{account}"',
      },
    ],
  },
  {
    name: 'browse-sports',
    requests: [
      { path: '/api/sports', contains: '"id":"{sport}"' },
      { path: '/api/games?sport={sport}', contains: '"games":[{"id":"{sport}-' },
    ],
  },
  { name: 'odds', requests: [{ path: '/api/odds/{sport}', contains: '"odds":[{"id":"{sport}-' }] },
  {
    name: 'predictions',
    requests: [{ path: '/api/predictions/{sport}', contains: '"predictions":[{"id":"{sport}-' }],
  },
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
            minimum: promisedField(
              time(),
              { ...loadTesting.thinkTime, exactly: shortest },
              { doc: 'The shortest pause between two steps.', unit: 'second' },
            ),
            maximum: promisedField(
              time(),
              { ...loadTesting.thinkTime, exactly: longest },
              { doc: 'The longest pause between two steps.', unit: 'seconds' },
            ),
          })
          .superRefine(({ minimum, maximum }, context) => {
            if (minimum.milliseconds <= maximum.milliseconds) return
            const message = 'must be at most loadTesting.thinkTime.maximum'
            context.addIssue({ code: 'custom', path: ['minimum'], message })
          })
          .prefault({}),
        { doc: 'How long a visitor looks at a page.', example: {} },
      ),
      choices: field(
        z
          .record(z.string().regex(/^[a-z]+$/, 'must be lower-case letters'), z.array(z.string().min(1)).min(1))
          .default({ sport: ['nba', 'nfl', 'mlb', 'nhl', 'premier-league'] }),
        {
          doc: 'What stands in {braces} in the journey: each user picks one from the list.',
          example: { sport: ['nba', 'nfl'] },
          source: 'ours',
        },
      ),
      journey: field(
        z
          .array(step)
          .min(1)
          .prefault([...documentJourney]),
        {
          doc: 'What a visitor does, step by step; `edge verify` goes this way, too. An app with other pages has steps of its own.',
          example: [{ name: 'homepage', requests: [{ path: '/' }] }],
          source: 'document',
        },
      ),
      against: field(
        z
          .array(
            z.strictObject({
              site: field(z.url({ protocol: /^https?$/ }), {
                doc: 'The address.',
                example: 'https://staging.example.com',
              }),
              requestsPerSecond: field(z.int().min(1).default(50), {
                doc: 'Of all users together, no more than that.',
                example: 50,
              }),
            }),
          )
          .default([]),
        {
          doc: 'Other sites that `edge load-test --against URL --yes` may load without asking: sites of yours.',
          example: [{ site: 'https://staging.example.com', requestsPerSecond: 50 }],
          source: 'ours',
        },
      ),
    })
    .superRefine(({ choices, journey }, context) => {
      for (const [number, { requests }] of journey.entries()) {
        for (const [index, { path, body = {} }] of requests.entries()) {
          const unknown = placeholdersIn([path, ...Object.values(body)]).find(
            (name) => !['account', 'password', ...Object.keys(choices)].includes(name),
          )
          if (unknown === undefined) continue
          const message = `has {${unknown}}, which is not among loadTesting.choices`
          context.addIssue({ code: 'custom', path: ['journey', number, 'requests', index, 'path'], message })
        }
      }
    })
    .prefault({}),
  { doc: 'Load tests with k6.', example: {} },
)

export type LoadTestingSettings = z.output<typeof loadTestingSettings>

/** Whether visitors do what those of the reference app do, as where nobody said anything else. */
export const isDefaultJourney = ({ journey }: LoadTestingSettings): boolean =>
  isDeepStrictEqual(journey, loadTestingSettings.parse(undefined).journey)

/** What the journey gets, with the first of each choice; what needs a visitor's own account is left out. */
export function pathsGot({ choices, journey }: LoadTestingSettings): readonly string[] {
  const paths = journey
    .flatMap(({ requests }) => requests.filter(({ method }) => method === 'GET'))
    .map(({ path }) => path.replaceAll(/\{(\w+)\}/g, (whole, name: string) => choices[name]?.[0] ?? whole))
  return [...new Set(paths)].filter((path) => placeholdersIn([path]).length === 0)
}

const placeholdersIn = (texts: readonly string[]): readonly string[] =>
  texts.flatMap((text) => [...text.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) => (name === undefined ? [] : [name])))
