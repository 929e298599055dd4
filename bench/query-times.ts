/**
 * Loaded into a process of the app before its own program (`node --import`): writes down how long each query takes, as the
 * app waits for it, through both pools. A line a second: when it was, and the times in ms.
 */
import { appendFile } from 'node:fs/promises'
import { Client } from 'pg'

const file = process.env['QUERY_TIMES']
if (file === undefined) throw new Error('QUERY_TIMES does not say where to')

let times: number[] = []

setInterval(() => {
  if (times.length === 0) return
  const line = JSON.stringify({ at: Date.now(), times })
  times = []
  void appendFile(file, `${line}\n`)
}, 1000).unref()

type Answered = (...answer: readonly unknown[]) => void

// The cast: of the many forms in which a query may be asked, the two that the app and the driver's pool use.
const prototype = Client.prototype as unknown as { query: (...given: unknown[]) => unknown }
const { query } = prototype

/** With a function that is called, as the driver's own pool asks; or as a promise. */
prototype.query = function (...given: unknown[]) {
  const begun = performance.now()
  const noted = (): void => void times.push(performance.now() - begun)
  const last = given.at(-1)
  if (typeof last !== 'function') {
    const answer = query.apply(this, given)
    if (answer instanceof Promise) answer.then(noted, noted)
    return answer
  }
  const answered: Answered = (...answer) => {
    noted()
    last(...answer)
  }
  return query.apply(this, [...given.slice(0, -1), answered])
}
