import type { Records } from '../../src/core/record.ts'
import type { Duration } from '../../src/core/units.ts'

/** What the checks, the drill and the verb look at. */
export type ToyEndpoint = {
  readonly port: number
  readonly secret: string
  readonly patience: Duration
  readonly records: Records
}

type Asked = { readonly count: number; readonly milliseconds: number }

/** How often the toy was asked, this time among them. Throws where it does not answer. */
export async function ask({ port, secret }: ToyEndpoint): Promise<Asked> {
  const begun = performance.now()
  const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { authorization: secret } })
  if (!answer.ok) throw new Error(`the toy answers ${answer.status}`)
  return { count: Number(await answer.text()), milliseconds: Math.round(performance.now() - begun) }
}
