import type { ClientRequest } from 'node:http'
import { text } from 'node:stream/consumers'

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

/** The same with what is answered. */
export function wholeText(
  asked: ClientRequest,
  body?: string,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    asked.on('error', reject)
    asked.on('response', (response) => {
      text(response).then((said) => resolve({ status: response.statusCode ?? 0, text: said }), reject)
    })
    asked.end(body)
  })
}
