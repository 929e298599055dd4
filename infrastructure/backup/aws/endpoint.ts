import type { Severity } from '../../../src/core/severity.ts'
import type { ProvenStack } from '../../../src/targets/aws/declared.ts'

/** What the checks of the backups look at on AWS. */
export type BackupEndpointOnAws = ProvenStack & {
  readonly instance: string
  /** Name of the primary: of the rest the stack knows the names. */
  readonly primary: string
  /** The vault in the other region, by its ARN; undefined where nothing is copied. */
  readonly copies: string | undefined
  /** The topics whose letters say what came of a restore test, by their ARNs. */
  readonly topics: Readonly<Partial<Record<Severity, string>>>
}

/** All that a restore test brings back, by the names of what is live. */
export const sourcesOf = ({ primary, deployed: { id } }: BackupEndpointOnAws): readonly string[] => [
  primary,
  ...['Uploads', 'Sessions', 'UserPreferences'].map((resource) => id(resource)),
]
