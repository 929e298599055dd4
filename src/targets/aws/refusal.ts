import { exit, type ExitCode, machineError, OperatorError } from '../../core/errors.ts'

/** What the SDK adds to an error, as far as it is read here. */
type SdkError = Error & {
  readonly code?: unknown
  readonly $fault?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string }
}

type Kind = {
  readonly is: (error: SdkError) => boolean
  readonly next: string | readonly string[]
  readonly exitCode?: ExitCode
}

const statusOf = ({ $metadata: metadata }: SdkError): number => metadata?.httpStatusCode ?? 0
const named =
  (pattern: RegExp) =>
  ({ name }: SdkError): boolean =>
    pattern.test(name)
const unsigned = /Expired|ClientTokenId|AccessKeyId|InvalidToken|Unrecognized|Signature|AuthFailure|Skewed|Provider/
const denied = /AccessDenied|Unauthorized|Forbidden/
const hurried = /Throttl|TooManyRequests|SlowDown|RequestLimitExceeded/

/** The first that fits says what to do: a signature that expired is answered with 403, too. */
const kinds: readonly Kind[] = [
  {
    is: named(unsigned),
    next: [
      'sign in again (aws sso login), or choose who: AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret',
      'is the clock of this machine right (date -u)?',
    ],
    exitCode: exit.usage,
  },
  {
    is: (error) => named(denied)(error) || statusOf(error) === 403,
    next: 'these credentials may not do that: have them given the right, or choose others (AWS_PROFILE)',
  },
  {
    is: (error) => named(hurried)(error) || statusOf(error) === 429,
    next: 'AWS asks for patience: run this again in a minute',
  },
  {
    is: (error) => error.$fault === undefined && typeof error.code === 'string',
    next: 'does this machine reach AWS? a proxy, a firewall, AWS_ENDPOINT_URL',
  },
  {
    is: (error) => error.$fault === 'server' || statusOf(error) >= 500,
    next: 'AWS is not well (https://health.aws.amazon.com): run this again later',
  },
  {
    is: (error) => error.$fault === undefined,
    next: 'is it AWS that answers, or a proxy before it (AWS_ENDPOINT_URL, HTTPS_PROXY)?',
  },
]
const other = [
  'was something changed by hand? edge plan --target aws --drift',
  'aws sts get-caller-identity: is that who you mean to be?',
]

/**
 * What AWS refused, or what lies between it and us, in words with a next step; undefined for every other error. Without it
 * a right that is missing or a network that is down is shown as a mistake of edge, with a stack.
 */
export function awsRefusal(error: unknown): OperatorError | undefined {
  if (!isOfSdk(error)) return undefined
  const kind = kinds.find(({ is }) => is(error))
  return new OperatorError('aws', wordsOf(error), kind?.next ?? other, kind?.exitCode)
}

/** The SDK puts `$metadata` into whatever ends a request, and cannot where it finds nobody to sign as. */
function isOfSdk(error: unknown): error is SdkError {
  if (!(error instanceof Error)) return false
  // A file that was to be sent is the machine's.
  if ('path' in error || machineError(error) !== undefined) return false
  return '$metadata' in error || /^(Credentials|Token)ProviderError$/.test(error.name)
}

function wordsOf(error: SdkError): string {
  // What cannot be read has a second line, for programmers; a host with two addresses that both refuse has none at all.
  const [first = ''] = error.message.split('\n')
  const message = first === '' ? String(error.code ?? 'no reason was given') : first
  const name = error.name === 'Error' || error.name === 'AggregateError' ? '' : `${error.name}: `
  const request = error.$metadata?.requestId
  return `${name}${message}${request === undefined ? '' : ` (request ${request})`}`
}
