import { anything, assert, constantFrom, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fieldsOf } from './fields.ts'
import { mistakesIn } from './messages.ts'
import { innerPorts } from './ports.ts'
import { schema } from './schema.ts'

const site = { static: 'public' }

/** The rows of the message, each with single gaps; the alignment has a test of its own. */
function rows(given: unknown): readonly string[] {
  const text = message(given)
  return text
    .split('\n')
    .slice(1)
    .map((row) => row.trim().replaceAll(/ {3,}/g, ' | '))
}

function message(given: unknown): string {
  const parsed = schema.safeParse(given)
  if (parsed.success) throw new Error('the configuration has no mistake')
  return mistakesIn(schema, given, parsed.error.issues)
}

describe('the messages about a configuration', () => {
  it('report all mistakes together, in columns', () => {
    const given = {
      site,
      database: { pool: { maximum: 4000 } },
      cdn: { cahce: {} },
      backup: { daily: { keep: '7' } },
    }
    expect(message(given)).toBe(
      [
        '3 mistakes, nothing was changed',
        '  database.pool.maximum   must be at most 400 (got 4000)   PostgreSQL accepts 500 and keeps 100 for itself and maintenance',
        `  backup.daily.keep       "7" has no unit                  '7 days'`,
        '  cdn.cahce               unknown; did you mean "cache"?',
      ].join('\n'),
    )
  })

  it('count one mistake as one', () => {
    expect(message({ site, name: 7 }).split('\n')[0]).toBe('1 mistake, nothing was changed')
  })

  it('keep the columns where one message is very long', () => {
    const given = { site, serve: { domain: 'https://example.com/' }, target: 'asw' }
    expect(message(given)).toBe(
      [
        '2 mistakes, nothing was changed',
        "  target         must be 'local' or 'aws' (got 'asw')                       did you mean 'aws'?",
        "  serve.domain   must be a host name in lower case, without https:// and without a path (got 'https://example.com/')   for example 'www.example.com'",
      ].join('\n'),
    )
  })

  it.each([
    ['an unknown field far from all', { site, xyzzy: 1 }, /^xyzzy \| unknown \| known here: name, target, directory/],
    [
      'an unknown field in a list',
      { site, loadTesting: { journey: [{ name: 'a', requests: [{ pth: '/' }] }] } },
      /^loadTesting\.journey\[0]\.requests\[0]\.pth \| unknown; did you mean "path"\?$/,
    ],
    [
      'an unknown field of one of several forms',
      { site: { static: { comand: ['make'] } } },
      /^site\.static\.comand \| unknown; did you mean "command"\?$/,
    ],
    ['a field that is missing', { site: {} }, /^site\.static \| is missing \| for example 'public'$/],
    [
      'a field that is missing in one of several forms',
      { site, serve: { certificate: { acme: {} } } },
      /^serve\.certificate\.acme\.email \| is missing \| for example 'operations@example\.com'$/,
    ],
    [
      'a field of the other form that is missing',
      { site, serve: { certificate: { files: { certificate: 'a.pem' } } } },
      /^serve\.certificate\.files\.key \| is missing/,
    ],
    [
      'a wrong type',
      { site, database: { pool: { minimum: 'ten' } } },
      /^database\.pool\.minimum \| must be a number \(got 'ten'\) \| for example 10$/,
    ],
    [
      'a fraction where only whole numbers are',
      { site, database: { pool: { minimum: 1.5 } } },
      /^database\.pool\.minimum \| must be a whole number \(got 1\.5\) \| for example 10$/,
    ],
    [
      'a list that is empty',
      { site: { static: { command: [] } } },
      /^site\.static\.command \| must be at least 1 entry long$/,
    ],
    [
      'a group that is no object',
      { site, cdn: 'yes' },
      /^cdn \| must be an object \{ … } \(got 'yes'\) \| for example \{}$/,
    ],
    [
      'none of several forms',
      { site: { static: 7 } },
      /^site\.static \| must be a text or an object \{ … } \(got 7\) \| for example 'public'$/,
    ],
    [
      'a word that is none of the known ones',
      { site, target: 'LOCAL' },
      /^target \| must be 'local' or 'aws' \(got 'LOCAL'\)$/,
    ],
    [
      'a number without a unit',
      { site, database: { pool: { wait: 30 } } },
      /^database\.pool\.wait \| must be a text with a number and a unit \(got 30\) \| '30 seconds'$/,
    ],
    [
      'a text that is no time',
      { site, cdn: { hsts: 'a year' } },
      /^cdn\.hsts \| "a year" is not a time \| '365 days'$/,
    ],
    [
      'a unit that nobody knows',
      { site, monitoring: { alarms: { freeStorage: '10 GiB' } } },
      /^monitoring\.alarms\.freeStorage \| "10 GiB" has an unknown unit; known are B, kB, MB, GB, TB \| '10 GB'$/,
    ],
    [
      'a time below its bound',
      { site, backup: { transactionLogs: { keep: '1 h' } } },
      /^backup\.transactionLogs\.keep \| must be at least \S+ \S+ \(got '1 h'\) \| with less there is a time of the day/,
    ],
    [
      'a part of a second that HTTP has no word for',
      { site, cdn: { cache: { images: '1.5 seconds' } } },
      /^cdn\.cache\.images \| must be whole seconds, as HTTP counts them: '2 seconds', '90 minutes' \(got '1\.5 seconds'\)$/,
    ],
    ['the same of HSTS', { site, cdn: { hsts: '1 ms' } }, /^cdn\.hsts \| must be whole seconds/],
    ['two ports that are one', { site, serve: { https: 8080 } }, /^serve\.http \| 8080 is that of serve\.https, too$/],
    [
      'a port among the inner ones',
      { site, ports: { pooler: 7405 } },
      new RegExp(
        `^ports\\.pooler \\| 7405 is taken by ports\\.first: 7400 to ${7399 + innerPorts} are the inner engines'$`,
      ),
    ],
    [
      'a port that Linux gives away',
      { site, serve: { https: 40_000 } },
      /^serve\.https \| must be at most 32767 \(got 40000\) \| Linux gives the ports from 32768 on/,
    ],
    [
      'a minimum above its maximum',
      { site, database: { pool: { minimum: 50, maximum: 20 } } },
      /^database\.pool\.minimum \| must be at most database\.pool\.maximum, which is 20 \(got 50\)/,
    ],
    [
      'the user root',
      { site, user: 'root' },
      /^user \| must not be root \(got 'root'\) \| PostgreSQL and PgBouncer refuse/,
    ],
    ['no object at all', 'production', /^\(the whole file\) \| must be an object \{ … } \(got 'production'\)$/],
    [
      'a name where an address is wanted',
      { site, serve: { listen: 'eth0' } },
      /^serve\.listen \| must be 'public', or an IP address of this machine \(got 'eth0'\)$/,
    ],
  ])('name %s', (_what, given, expected) => {
    const found = rows(given)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(expected)
  })

  it('keep a value to one short line', () => {
    const [row, ...more] = rows({ site, target: `two\nlines of ${'x'.repeat(100)}` })
    expect(more).toEqual([])
    expect(row).toMatch(/^target \| must be 'local' or 'aws' \(got 'two\\nlines of x+…\)$/)
    expect(row?.length).toBeLessThan(90)
  })

  it('never repeat a value of an environment', () => {
    const api = { command: ['node'], environment: { TOKEN: 12_345 } }
    expect(message({ site: { ...site, api } })).not.toContain('12345')
  })

  it('say something about whatever is written into any field', () => {
    const paths = fieldsOf(schema).flatMap(({ path }) => (path.includes('[]') ? [] : [path]))
    assert(
      property(constantFrom(...paths), anything(), (path, value) => {
        const given = { site, ...nested(path.split('.'), value) }
        const parsed = schema.safeParse(given)
        const found = parsed.success ? undefined : mistakesIn(schema, given, parsed.error.issues)
        expect(found ?? '1 mistake').toMatch(/^\d+ mistakes?/)
      }),
    )
  })
})

function nested([first = '', ...rest]: readonly string[], value: unknown): Record<string, unknown> {
  return { [first]: rest.length === 0 ? value : nested(rest, value) }
}
