import { readFile } from 'node:fs/promises'
import { Agent, request } from 'undici'
import type { z } from 'zod'
import type { MutualTls } from '../../src/engines/mutual-tls.ts'

const answersWithinMs = 5000

/** Asks Prometheus or Alertmanager as one of the instance's own. Rejects where it does not answer, or not as it should. */
export async function ask<Value>(
  tls: MutualTls,
  url: string,
  schema: z.ZodType<Value>,
  body?: unknown,
  method = body === undefined ? 'GET' : 'POST',
): Promise<Value> {
  const [ca, cert, key] = await Promise.all([tls.ca, tls.certificate, tls.key].map((path) => readFile(path, 'utf8')))
  const dispatcher = new Agent({ connect: { ca, cert, key, timeout: answersWithinMs } })
  try {
    const { statusCode, body: answer } = await request(url, {
      dispatcher,
      headersTimeout: answersWithinMs,
      bodyTimeout: answersWithinMs,
      ...(body === undefined
        ? { method }
        : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const text = await answer.text()
    if (statusCode !== 200) throw new Error(`${url} answers ${statusCode}: ${text.slice(0, 200)}`)
    return schema.parse(text === '' ? undefined : JSON.parse(text))
  } finally {
    await dispatcher.destroy()
  }
}
