import { BackupClient, DescribeRegionSettingsCommand, type DescribeRegionSettingsOutput } from '@aws-sdk/client-backup'
import { OperatorError } from '../../../src/core/errors.ts'

/** AWS Backup makes backups of these for us. */
const services = ['RDS', 'S3', 'DynamoDB'] as const

/** What an account has switched off; undefined where nothing that is needed here is. */
export function notOptedIn(found: DescribeRegionSettingsOutput): string | undefined {
  const { ResourceTypeOptInPreference: chosen = {}, ResourceTypeManagementPreference: managed = {} } = found
  const off = services.filter((service) => chosen[service] === false)
  if (off.length > 0) return `AWS Backup is not opted in to ${off.join(', ')}`
  // Without them a table's backup lies in DynamoDB itself, with its key, and is copied nowhere.
  if (managed['DynamoDB'] === false) return 'AWS Backup does not manage backups of DynamoDB (advanced features are off)'
  return undefined
}

/**
 * Looks at the choice of an account before a deployment: what it has switched off is left out of every backup, or cannot be
 * copied, and nothing fails. Throws OperatorError then; answers why where it could not be looked at.
 */
export async function requireOptedIn(region: string): Promise<string | undefined> {
  const client = new BackupClient({ region })
  try {
    const off = notOptedIn(await client.send(new DescribeRegionSettingsCommand({})))
    if (off === undefined) return undefined
    const all = services.map((service) => `${service}=true`).join(',')
    throw new OperatorError('backup', `${off} in ${region}`, [
      'nothing was deployed',
      `aws backup update-region-settings --region ${region} --resource-type-opt-in-preference ${all} --resource-type-management-preference DynamoDB=true`,
    ])
  } catch (error) {
    if (error instanceof Error && error.name === 'AccessDeniedException')
      return `whether AWS Backup is opted in (${region}) is not looked at before: these credentials may not ask for it (backup:DescribeRegionSettings)`
    throw error
  } finally {
    client.destroy()
  }
}
