import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { exit, OperatorError } from '../../core/errors.ts'
import type { World } from '../../core/world.ts'
import { at } from './template.ts'

/**
 * Whether an emulator answers in place of AWS, in the words and at the place of the SDK: it reads the environment of the
 * process, whatever a verb was given.
 */
export const onEmulator = (): boolean => emulatorOf({ env: process.env }) !== undefined

/**
 * Where an emulator of AWS answers, as the SDK is told: for all services, or for one (`AWS_ENDPOINT_URL_RDS`). A run of
 * which one service alone is emulated proves nothing of AWS either. Undefined where it is AWS itself.
 */
export function emulatorOf({ env }: Pick<World, 'env'>): URL | undefined {
  if (env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']?.toLowerCase() === 'true') return undefined
  const given = Object.entries(env)
    .filter(([name, value = '']) => /^AWS_ENDPOINT_URL(_|$)/.test(name) && value !== '')
    // The one for all services is the shortest, and comes first.
    .toSorted(([one], [other]) => one.length - other.length)
  return given.map(([, value = '']) => new URL(value)).find(({ hostname }) => !isOfAws(hostname))
}

/** A private way into AWS (`vpce-….amazonaws.com`) is AWS, too. */
const isOfAws = (hostname: string): boolean => /(^|\.)amazonaws\.com(\.cn)?$/.test(hostname)

/**
 * Throws OperatorError (exit 2) where a profile (`endpoint_url`) leads the SDK to a place that is not AWS: what is seen
 * there would be said to be AWS.
 */
export async function requireKnownPlace(region: string): Promise<void> {
  if (onEmulator()) return
  const hostname = await placeOf(region)
  if (isOfAws(hostname)) return
  throw new OperatorError(
    'aws',
    `the profile leads to ${hostname} (endpoint_url), which is not AWS`,
    ['AWS_ENDPOINT_URL says so for an emulator', 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true leads to AWS itself'],
    exit.usage,
  )
}

/** Where the SDK would ask, of all that it reads; nothing is sent. */
async function placeOf(region: string): Promise<string> {
  // Whoever looks for credentials may ask the network for them; nothing is signed here.
  const client = new CloudFormationClient({ region, credentials: { accessKeyId: 'none', secretAccessKey: 'none' } })
  let hostname = ''
  client.middlewareStack.add(
    () => (args) => {
      hostname = String(at(args, 'request', 'hostname'))
      return Promise.resolve({ response: {}, output: { $metadata: {} } })
    },
    { step: 'build' },
  )
  await client.send(new DescribeStacksCommand({}))
  return hostname
}
