import { stringify } from 'yaml'
import { exit, OperatorError } from '../../core/errors.ts'
import type { Template } from './assembly.ts'

/** What CloudFormation takes of a template that is sent itself, in bytes; a larger one it reads from a bucket. */
export const largestSent = 51_200
/** What CloudFormation takes at all, in bytes. */
export const largestTemplate = 1_000_000

/** A template as the toolkit sends it. */
export const asSent = (content: Template['content']): string => stringify(content, { schema: 'yaml-1.1', lineWidth: 0 })

/**
 * Throws OperatorError (exit 2) where CloudFormation would not take a template: it says so only when it is deployed, when
 * other stacks are changed already.
 */
export function requireSmallEnough({ stack, content }: Pick<Template, 'stack' | 'content'>): void {
  const bytes = Buffer.byteLength(asSent(content))
  if (bytes <= largestTemplate) return
  throw new OperatorError(
    stack,
    `its template has ${bytes} bytes, and CloudFormation takes ${largestTemplate}`,
    ['name fewer addresses in aws.notify: one that passes letters on to a list is enough'],
    exit.usage,
  )
}
