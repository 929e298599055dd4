import { expect, it } from 'vitest'
import { notOptedIn } from './opted-in.ts'

const all = { RDS: true, S3: true, DynamoDB: true }

it.each([
  [{ ResourceTypeOptInPreference: all, ResourceTypeManagementPreference: { DynamoDB: true } }, undefined],
  [{ ResourceTypeOptInPreference: { ...all, EFS: false } }, undefined],
  [{ ResourceTypeOptInPreference: { ...all, S3: false, RDS: false } }, 'AWS Backup is not opted in to RDS, S3'],
  [
    { ResourceTypeOptInPreference: all, ResourceTypeManagementPreference: { DynamoDB: false } },
    'AWS Backup does not manage backups of DynamoDB (advanced features are off)',
  ],
])('of the settings of a region %j it says: %s', (settings, says) => {
  expect(notOptedIn(settings)).toBe(says)
})
