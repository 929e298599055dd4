import { describe, expect, it } from 'vitest'
import { junitOf } from './junit.ts'
import { markdownOf } from './markdown.ts'
import { example, exampleTimeline } from './proofs/test-result.ts'

const failed = {
  ...example,
  verdict: 'failed' as const,
  reasons: ['login: 95 of 100 requests took up to 900 ms (must be < 500 ms)', 'why, by k6: a|b <c> \u0007'],
}

describe('Markdown', () => {
  it('holds the verdict, the figures with their bounds, each step, and what came to its end first', () => {
    const text = markdownOf(example, exampleTimeline)
    for (const words of [
      '### Load test `smoke`: passed',
      '| p95 | 20 ms | \\< 500 ms |',
      '| login | 20 | 20 ms | 0 % | 100 % |',
      'First at its end: None seen',
      'release `r1`, k6 v1.1.0, edge 0.0.1, configuration c1, nginx 1.22.1, postgresql 15.18, 2 × a processor',
    ])
      expect(text).toContain(words)
  })

  it('names the reasons, and what they say cannot become markup', () => {
    expect(markdownOf(failed, [])).toContain('- why, by k6: a\\|b \\<c\\> ')
  })

  it('says of a trial that it is one', () => {
    expect(markdownOf({ ...example, scale: 0.1 }, [])).toContain(
      '**A trial, it proves no promise:** it lasted 10 % of its time.',
    )
  })
})

describe('JUnit', () => {
  it('has a test for each step and one for the run, and the reason where it belongs', () => {
    const text = junitOf(failed)
    expect(text).toContain('<testsuite name="load-test smoke" tests="3" failures="2" errors="0" time="60"')
    expect(text).toContain('name="login" time="0"><failure message="login: 95 of 100')
    expect(text).toContain('name="homepage" time="0"></testcase>')
    expect(text).toContain('a|b &lt;c&gt; </failure>')
  })

  it('calls an invalid run an error, which says nothing of the site', () => {
    const text = junitOf({ ...example, verdict: 'invalid', reasons: ['only 3 % of the processors were free'] })
    expect(text).toContain('failures="0" errors="1"')
  })
})
