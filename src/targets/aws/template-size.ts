import { stringify } from 'yaml'
import { exit, OperatorError } from '../../core/errors.ts'
import type { Template } from './assembly.ts'

/** What CloudFormation takes of a template that is sent itself, in bytes; of a larger one it would want a bucket. */
export const largestTemplate = 51_200

/** A template as the toolkit sends it. */
export const asSent = (content: Template['content']): string => stringify(content, { schema: 'yaml-1.1', lineWidth: 0 })

/**
 * Throws OperatorError (exit 2) where CloudFormation would not take a template. The toolkit says so only when it deploys, when
 * other stacks are changed already, and asks for `cdk bootstrap`, of which there is no need.
 */
export function requireSmallEnough({ stack, content }: Template): void {
  const bytes = Buffer.byteLength(asSent(content))
  if (bytes <= largestTemplate) return
  throw new OperatorError(
    stack,
    `its template has ${bytes} bytes, and CloudFormation takes ${largestTemplate}`,
    ['name fewer addresses in aws.notify: one that passes letters on to a list is enough'],
    exit.usage,
  )
}
