/** The queue in front of the work is full. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded'
}

/**
 * Runs at most `concurrent` pieces of work at once and lets at most `waiting` more wait, first come, first served.
 * What comes beyond rejects with Overloaded at once: an answer now is better than one after the client has gone.
 */
export function bounded(concurrent: number, waiting: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const queue: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running < concurrent) running += 1
    else {
      if (queue.length >= waiting) throw new Overloaded(`${waiting} are waiting already`)
      // Who ends hands its place over without giving it free, so nobody can slip in between.
      await new Promise<void>((resolve) => queue.push(resolve))
    }
    try {
      return await work()
    } finally {
      const next = queue.shift()
      if (next) next()
      else running -= 1
    }
  }
}
