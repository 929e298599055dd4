import type { App } from 'aws-cdk-lib/core'
import { beforeAll, describe, expect, it } from 'vitest'
import { acceptedFindings as acceptedOfBackups } from '../infrastructure/backup/aws/accepted-findings.ts'
import { BackupCopiesStack, BackupStack } from '../infrastructure/backup/aws/stack.ts'
import { proven as backup } from '../infrastructure/backup/proofs/test-template.ts'
import { acceptedFindings as acceptedOfDatabase } from '../infrastructure/database/aws/accepted-findings.ts'
import { DatabaseStack } from '../infrastructure/database/aws/stack.ts'
import { proven as database } from '../infrastructure/database/proofs/test-template.ts'
import { acceptedFindings as acceptedOfMonitoring } from '../infrastructure/monitoring/aws/accepted-findings.ts'
import { MonitoringStack } from '../infrastructure/monitoring/aws/stack.ts'
import { proven as monitoring } from '../infrastructure/monitoring/proofs/test-template.ts'
import { plain } from '../src/targets/aws/deployed-stack.ts'
import { cfnLintFindings, cloudFormationFindings, type Finding, nagFindings } from './template-findings.ts'
import { testWorld } from './world.ts'

const { world } = testWorld()
const env = { account: '123456789012', region: 'us-east-1' }
const existing = { vpc: 'vpc-0a1b2c3d', subnets: ['subnet-0a1b2c3d', 'subnet-4e5f6071'] }

/** The stacks beside the CDN's, in every form that a configuration can give them. */
function define(app: App): void {
  const { name, settings, needs } = database
  new DatabaseStack(app, 'database', { env, name, settings, ...needs })
  const network = { ...needs.network, existing }
  new DatabaseStack(app, 'database-elsewhere', { env, name, settings, ...needs, network })
  const { where, settings: kept } = backup
  new BackupCopiesStack(app, 'copies', { env: { ...env, region: 'us-west-2' }, name: where.name, settings: kept })
  new BackupStack(app, 'backup', { env, name: where.name, settings: kept, ...backup.needs })
  new MonitoringStack(app, 'monitoring', { env, ...monitoring })
}

/** A validator names a resource by its path or by its logical id, and a rule with what it found. */
const named = ({ rule, resource }: Pick<Finding, 'rule' | 'resource'>): string =>
  `${rule.replace(/\[.*$/, '')} ${plain(resource.replaceAll('/', ''))}`

const accepted = [...acceptedOfDatabase, ...acceptedOfBackups, ...acceptedOfMonitoring]

describe('what validators have against the stacks beside the CDN', () => {
  let found: readonly string[] = []
  beforeAll(async () => {
    const [byCdk, byNag, byLint] = await Promise.all([
      cloudFormationFindings(define),
      nagFindings(define),
      cfnLintFindings([define], world),
    ])
    found = [...byCdk, ...byNag, ...byLint.flat()].map(named)
  })

  it('is accepted, each of it', () => {
    expect(found.filter((one) => !accepted.map(named).includes(one))).toEqual([])
  })

  it('is still found, all that is accepted', () => {
    expect(accepted.map(named).filter((one) => !found.includes(one))).toEqual([])
  })

  it('has a reason, in a sentence, and stands there once', () => {
    expect(accepted.filter(({ because }) => because.split(' ').length < 5)).toEqual([])
    expect(new Set(accepted.map(named)).size).toBe(accepted.length)
  })
})
