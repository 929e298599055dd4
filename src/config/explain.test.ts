import { describe, expect, it } from 'vitest'
import { explain, explanationTable } from './explain.ts'
import { schema } from './schema.ts'

const given = {
  name: 'staging',
  site: { static: { command: ['make'] }, api: { command: ['./server'], environment: { TOKEN: 'a secret' } } },
  database: { pool: { wait: '10 seconds' } },
}
const values = explain({ configuration: schema.parse(given), given }, '/srv/state')
const at = (path: string) => values.find((value) => value.path === path)

describe('the explained configuration', () => {
  it('says what comes from the file, as it stands there', () => {
    expect(at('database.pool.wait')).toMatchObject({ value: '10 seconds', from: 'file' })
  })

  it("tells the document's numbers from ours", () => {
    expect([at('database.pool.idle'), at('serve.https')]).toMatchObject([
      { value: '300 seconds', from: 'document' },
      { value: 8443, from: 'ours' },
    ])
  })

  it('shows only the form that a thing has, with its defaults', () => {
    expect(values.filter(({ path }) => path.startsWith('site.')).map(({ path, from }) => [path, from])).toEqual([
      ['site.static.command', 'file'],
      ['site.static.sources', 'ours'],
      ['site.api.command', 'file'],
      ['site.api.health', 'ours'],
      ['site.api.environment', 'file'],
      ['site.api.drain', 'ours'],
      ['site.api.sources', 'ours'],
      ['site.api.timeout', 'ours'],
      ['site.api.streamIdle', 'ours'],
    ])
  })

  it('hides the values of an environment', () => {
    expect(at('site.api.environment')?.value).toEqual({ TOKEN: '(hidden)' })
    expect(JSON.stringify(values)).not.toContain('a secret')
  })

  it('says where the state lies, whether the file names it or not', () => {
    expect(at('state')).toMatchObject({ value: '/srv/state', from: 'ours' })
  })

  it('is a table of path, value and origin', () => {
    expect(explanationTable('/srv/production.config.ts', values.slice(0, 2))).toBe(
      [
        '/srv/production.config.ts',
        "  name     'staging'   production.config.ts",
        "  target   'local'     our default",
        '',
      ].join('\n'),
    )
  })

  it('has each value once', () => {
    expect(new Set(values.map(({ path }) => path)).size).toBe(values.length)
  })
})
