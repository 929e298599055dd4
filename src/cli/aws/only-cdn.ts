import { exit, OperatorError } from '../../core/errors.ts'
import { componentsNamed } from '../components.ts'

/** What is said where another component is named: one that is left out without a word is taken for done. */
export const onlyCdn = (verb: string, given: readonly string[], usage: string): OperatorError =>
  new OperatorError(verb, `on AWS there is only cdn yet (got ${given.join(' ')})`, usage, exit.usage)

/** Whether `--skip` leaves out all that there is on AWS. Throws OperatorError (exit 2) for what is no component. */
export const skipsCdn = (options: Readonly<Record<string, unknown>>): boolean =>
  componentsNamed(options['skip']).includes('cdn')
