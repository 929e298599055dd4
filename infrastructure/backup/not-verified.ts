import { OperatorError } from '../../src/core/errors.ts'

/** A backup that is not what was backed up. */
export class NotVerified extends OperatorError {
  constructor(
    what: string,
    hints: readonly string[] = [
      'edge backup now makes another one; docs/runbooks/backup-failed.md goes through the causes',
    ],
  ) {
    super('backup', what, hints)
  }
}
