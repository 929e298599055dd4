import { spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'

/** What is typed when the screen shows a text that was not there before. */
export type Answer = { readonly when: string; readonly type: string }

/**
 * Runs a command on a terminal of its own, as somebody who sits before it, and answers its questions in order. Yields
 * all that the screen showed, without colours and movement, and the exit code.
 */
export function onTerminal(
  command: readonly string[],
  answers: readonly Answer[],
): Promise<{ readonly code: number | null; readonly shown: string }> {
  // `script` takes one line for a shell; none of the words here has a quote in it.
  const words = command.map((word) => `'${word}'`).join(' ')
  // One without a size, as `script` makes it, shows no live line.
  const line = `stty cols 100 rows 40 && exec ${words}`
  const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm' },
  })
  const waiting = [...answers]
  let [shown, seen] = ['', 0]
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += stripVTControlCharacters(text)
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const at = shown.indexOf(next.when, seen)
      if (at < 0) return
      seen = at + next.when.length
      child.stdin.write(next.type)
      waiting.shift()
    }
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, shown }))
  })
}
