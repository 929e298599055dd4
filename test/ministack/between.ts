import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as ask,
  type Server,
  type ServerResponse,
} from 'node:http'
import { buffer } from 'node:stream/consumers'
import { listen } from '../listen.ts'
import { MiniStack } from './ministack.ts'

type Asked = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}
export type Answer = {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What a test has answered in the emulator's place, or of its answer; it asks the emulator itself, or not at all. */
export type Rule = (asked: Asked, emulator: () => Promise<Answer>) => Promise<Answer | 'hang up'>

export const letThrough: Rule = (_, emulator) => emulator()

/** Stands before the emulator and answers as AWS does where the emulator never would: it refuses nothing and is never slow. */
export class Between {
  rule: Rule = letThrough
  /** So far are its clock and its answers' dates ahead of the emulator's. */
  aheadMs = 0
  /** Every request, as the tests wait for it: its method and path, and of CloudFormation the action. */
  readonly asked: string[] = []
  readonly environment: Readonly<Record<string, string>>
  private readonly server: Server
  /** Ends with this one. */
  #own: MiniStack | undefined

  private constructor(server: Server, environment: Readonly<Record<string, string>>) {
    this.server = server
    this.environment = environment
  }

  /** With an emulator of its own. */
  static async withEmulator(): Promise<Between> {
    const emulator = await MiniStack.start()
    const between = await Between.start(emulator)
    between.#own = emulator
    return between
  }

  static async start(emulator: MiniStack): Promise<Between> {
    const server = createServer()
    const port = await listen(server)
    const between = new Between(server, { ...emulator.environment, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` })
    server.on('request', (request, response) => void between.#answer(request, response, emulator.port))
    return between
  }

  async #answer(request: IncomingMessage, response: ServerResponse, port: number): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = request
    const body = await buffer(request)
    const asked = { method, path, headers, body: body.toString() }
    this.asked.push(`${method} ${path} ${/Action=(\w+)/.exec(asked.body)?.[1] ?? ''}`.trimEnd())
    let its: IncomingMessage | undefined
    const answer = await this.rule(asked, async () => {
      const onward = ask({ host: '127.0.0.1', port, method, path, headers }).end(body)
      // The emitter's arguments are of no type; the first of this event is the answer.
      its = (await once(onward, 'response'))[0] as IncomingMessage
      return { status: its.statusCode ?? 0, body: (await buffer(its)).toString() }
    })
    if (answer === 'hang up') return void request.socket.destroy()
    const { 'content-length': _, 'transfer-encoding': __, ...rest } = its?.headers ?? { 'content-type': 'text/xml' }
    const { headers: own = {} } = answer
    response.writeHead(answer.status, { ...rest, ...own, date: new Date(Date.now() + this.aheadMs).toUTCString() })
    response.end(answer.body)
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close')
    this.server.close()
    this.server.closeAllConnections()
    await closed
    await this.#own?.stop()
  }
}
