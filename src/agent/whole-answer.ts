import type { ClientRequest } from 'node:http'

/** Sends a request, and answers the status once all of the answer is there: of one that is cut off nobody has anything. */
export function wholeAnswer(asked: ClientRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    asked.on('error', reject)
    asked.on('response', (response) => {
      response
        .on('error', reject)
        .on('end', () => resolve(response.statusCode ?? 0))
        .resume()
    })
    asked.end()
  })
}
