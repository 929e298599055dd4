import { escapeHtml } from './charts.ts'
import { type Result, trialInWords } from './result.ts'

/**
 * A run for a CI server: one test for each step, and one for the run as a whole. An invalid run is an error there, and
 * no failure: it says nothing about the site.
 */
export function junitOf(result: Result): string {
  const { scenario, verdict, reasons, seconds, steps } = result
  const ofStep = (name: string) => reasons.filter((reason) => reason.startsWith(`${name}: `))
  const whole = reasons.filter((reason) => !steps.some(({ name }) => ofStep(name).includes(reason)))
  const tests = [
    { name: 'the whole run', time: seconds, found: whole, isError: verdict === 'invalid' },
    ...steps.map(({ name }) => ({ name, time: 0, found: ofStep(name), isError: false })),
  ]
  const cases = tests.map(({ name, time, found, isError }) => {
    const kind = isError ? 'error' : 'failure'
    const [first] = found
    const problem =
      first === undefined ? '' : `<${kind} message="${escapeXml(first)}">${escapeXml(found.join('\n'))}</${kind}>`
    return `  <testcase classname="load-test.${scenario}" name="${escapeXml(name)}" time="${time}">${problem}</testcase>`
  })
  const count = (isError: boolean) => tests.filter((test) => test.found.length > 0 && test.isError === isError).length
  const trial = trialInWords(result)
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="load-test ${scenario}" tests="${tests.length}" failures="${count(false)}" errors="${count(true)}" time="${seconds}" timestamp="${result.startedAt.slice(0, 19)}">
${trial === undefined ? '' : `  <properties><property name="trial" value="${escapeXml(trial)}"/></properties>\n`}${cases.join('\n')}
</testsuite>
`
}

/** What cannot stand in XML at all, however it is written, is left out: k6 may have logged anything. */
const escapeXml = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- these are what XML forbids
  escapeHtml(text).replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
