import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { MetricAlarm } from '@aws-sdk/client-cloudwatch'
import { at, list } from '../../../src/targets/aws/template.ts'
import type { ClientSettings } from '../../../src/targets/aws/deployed-stack.ts'

/** Somebody who subscribed, by topic; AWS says `PendingConfirmation` until the link of its letter was followed. */
export type Subscriber = { readonly to: string; readonly confirmed: boolean }

/** What CloudWatch and SNS have: the tests change it, and the next answer is another one. */
export type Has = {
  alarms: readonly MetricAlarm[]
  /** Figures with a data point, as `figureIn` words them. */
  figures: ReadonlySet<string>
  subscribers: Readonly<Record<string, readonly Subscriber[]>>
  /** Ids of the resources of a stack; of any other stack AWS says that it does not exist. */
  stacks: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** A figure, asked for or there: the region, and exactly the words that an alarm finds it by. */
export const figureIn = (region: string, asked: unknown): string => {
  const by = list(at(asked, 'Dimensions')).map((one) => `${String(at(one, 'Name'))}=${String(at(one, 'Value'))}`)
  const words = ['Namespace', 'MetricName', 'Period'].map((name) => String(at(asked, name)))
  return [region, ...words, String(list(at(asked, 'Statistics') ?? at(asked, 'ExtendedStatistics'))[0]), ...by].join(
    ' ',
  )
}

const policy = JSON.stringify({
  Statement: ['cloudwatch', 'events'].map((service) => ({
    Effect: 'Allow',
    Principal: { Service: `${service}.amazonaws.com` },
    Action: 'sns:Publish',
  })),
})

/** CloudWatch, SNS and CloudFormation as AWS answers: the emulator confirms each subscription by itself, and measures nothing. */
export class Stub {
  readonly has: Has = { alarms: [], figures: new Set(), subscribers: {}, stacks: {} }
  /** Every figure that was asked for. */
  readonly asked: string[] = []
  readonly client: ClientSettings
  private readonly server: ReturnType<typeof createServer>

  private constructor(server: ReturnType<typeof createServer>, port: number) {
    this.server = server
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    this.client = { region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, credentials }
  }

  static async start(): Promise<Stub> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (typeof address !== 'object' || address === null) throw new Error('the stub listens on no port')
    const stub = new Stub(server, address.port)
    server.on('request', async (request, response) => {
      const [status, type, body] = await stub.#answer(request)
      response.writeHead(status, { 'content-type': type }).end(body)
    })
    return stub
  }

  stop(): void {
    this.server.close()
    this.server.closeAllConnections()
  }

  async #answer(request: IncomingMessage): Promise<readonly [status: number, type: string, body: string]> {
    const body = await text(request)
    const target = String(request.headers['x-amz-target'] ?? '')
    const [, region = ''] = /Credential=[^/]+\/\d+\/([\w-]+)\//.exec(request.headers.authorization ?? '') ?? []
    const json = (value: unknown) => [200, 'application/x-amz-json-1.0', JSON.stringify(value)] as const
    if (target.endsWith('.DescribeAlarms')) return json(this.#alarms(JSON.parse(body)))
    if (target.endsWith('.GetMetricStatistics')) {
      const figure = figureIn(region, JSON.parse(body))
      this.asked.push(figure)
      const Datapoints = this.has.figures.has(figure) ? [{ Timestamp: 1_790_000_000, Average: 1, Unit: 'None' }] : []
      return json({ Label: figure, Datapoints })
    }
    const fields = new URLSearchParams(body)
    const topic = fields.get('TopicArn') ?? ''
    const action = fields.get('Action') ?? ''
    if (action === 'GetTopicAttributes') return xml(action, `<Attributes>${entry('Policy', policy)}</Attributes>`)
    if (action === 'ListSubscriptionsByTopic')
      return xml(action, `<Subscriptions>${(this.has.subscribers[topic] ?? []).map(member).join('')}</Subscriptions>`)
    if (action === 'ListStackResources') return this.#resources(fields.get('StackName') ?? '')
    return [400, 'text/plain', `nothing answers ${target}${action}`]
  }

  #resources(stack: string): readonly [status: number, type: string, body: string] {
    const found = this.has.stacks[stack]
    if (!found) return [400, 'text/xml', refused('ValidationError', `Stack with id ${stack} does not exist`)]
    const members = Object.entries(found).map(
      ([logical, id]) =>
        `<member><LogicalResourceId>${logical}</LogicalResourceId><PhysicalResourceId>${id}</PhysicalResourceId></member>`,
    )
    return xml('ListStackResources', `<StackResourceSummaries>${members.join('')}</StackResourceSummaries>`)
  }

  /** The alarms that were asked for by name; of what calls for several there is none here. */
  #alarms(asked: unknown): unknown {
    const names = list(at(asked, 'AlarmNames'))
    return { MetricAlarms: this.has.alarms.filter(({ AlarmName }) => names.includes(AlarmName)), CompositeAlarms: [] }
  }
}

const escaped = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
const entry = (key: string, value: string): string => `<entry><key>${key}</key><value>${escaped(value)}</value></entry>`
const member = ({ to, confirmed }: Subscriber, index: number): string =>
  `<member><Endpoint>${to}</Endpoint><SubscriptionArn>${confirmed ? `arn:aws:sns:us-east-1:000000000000:t:${index}` : 'PendingConfirmation'}</SubscriptionArn></member>`
const refused = (code: string, message: string): string =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
const xml = (action: string, inner: string) =>
  [
    200,
    'text/xml',
    `<${action}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><${action}Result>${inner}</${action}Result></${action}Response>`,
  ] as const
