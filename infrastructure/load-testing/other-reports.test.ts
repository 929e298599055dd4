import { execFileSync } from 'node:child_process'
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

/** What a parser of XML that is nobody's here makes of a report: each test with its problem, and what the properties say. */
function parsed(xml: string): unknown {
  const program = `import json, sys, xml.etree.ElementTree as tree
suite = tree.fromstring(sys.stdin.buffer.read())
problems = lambda case: [[each.tag, each.get('message'), each.text] for each in case]
print(json.dumps({ 'tag': suite.tag, **suite.attrib,
  'cases': [[case.get('classname'), case.get('name'), problems(case)] for case in suite.iter('testcase')],
  'properties': [[each.get('name'), each.get('value')] for each in suite.iter('property')] }))`
  return JSON.parse(execFileSync('python3', ['-c', program], { input: xml, encoding: 'utf8' }))
}

describe('JUnit', () => {
  it('is XML, whatever stands in what k6 logged, and counts what it holds', () => {
    const reasons = ['login: <b>&"\'\u0000\u001b]]> ü 🎉', 'another & <one>']
    const trial = { scale: 0.1, against: 'https://a.example/?b&c="d"' }
    expect(parsed(junitOf({ ...failed, ...trial, reasons }))).toMatchObject({
      tag: 'testsuite',
      tests: '3',
      failures: '2',
      errors: '0',
      cases: [
        ['load-test.smoke', 'the whole run', [['failure', 'another & <one>', 'another & <one>']]],
        ['load-test.smoke', 'homepage', []],
        ['load-test.smoke', 'login', [['failure', ...Array(2).fill('login: <b>&"\']]> ü 🎉')]]],
      ],
      properties: [['trial', expect.stringContaining('https://a.example/?b&c="d"')]],
    })
  })

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
