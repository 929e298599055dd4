import type { Outputs } from '../../../src/targets/aws/outputs.ts'

/** What others read of the stack when it is deployed. */
export const outputs = {
  vault: 'VaultName',
  uploads: 'UploadsBucket',
  sessions: 'SessionsTable',
  preferences: 'UserPreferencesTable',
} as const

export type DeployedBackup = Readonly<Record<keyof typeof outputs, string>>

/** Throws MissingOutput where an older version of edge deployed less. */
export const deployedBackup = (given: Outputs): DeployedBackup => ({
  vault: given.get(outputs.vault),
  uploads: given.get(outputs.uploads),
  sessions: given.get(outputs.sessions),
  preferences: given.get(outputs.preferences),
})

/** Of the stack in the other region. */
export const copiesOutputs = { vault: 'CopiesVaultArn', uploads: 'CopiesUploadsBucket' } as const
/** The vault by its ARN, the bucket by its name. */
export type DeployedCopies = Readonly<Record<keyof typeof copiesOutputs, string>>
export const deployedCopies = (given: Outputs): DeployedCopies => ({
  vault: given.get(copiesOutputs.vault),
  uploads: given.get(copiesOutputs.uploads),
})
