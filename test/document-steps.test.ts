import { expect, it } from 'vitest'
import { templatesIn } from '../infrastructure/backup/proofs/test-template.ts'
import { templateOf as databaseTemplate } from '../infrastructure/database/proofs/test-template.ts'
import { rooms } from '../infrastructure/rooms.ts'
import { documentStepsOf } from '../src/cli/document-steps.ts'
import type { ComponentName } from '../src/core/guarantee.ts'

/** Steps of the document, and what of a template does each. */
const made = {
  database: {
    'subnet group': ['AWS::RDS::DBSubnetGroup'],
    'security group': ['AWS::EC2::SecurityGroup'],
    'parameter group': ['AWS::RDS::DBParameterGroup'],
    primary: ['AWS::RDS::DBInstance'],
    replica: ['AWS::RDS::DBInstance'],
    alarms: ['AWS::CloudWatch::Alarm'],
  },
  backup: {
    vault: ['AWS::Backup::BackupVault', 'AWS::KMS::Key'],
    role: ['AWS::IAM::Role'],
    'database plans': ['AWS::Backup::BackupPlan', 'AWS::Backup::BackupSelection'],
    'versioning and lifecycle': ['AWS::S3::Bucket'],
    'state plans': ['AWS::DynamoDB::Table', 'AWS::Backup::BackupPlan'],
    verification: ['AWS::Backup::RestoreTestingPlan', 'AWS::Lambda::Function'],
    alarms: ['AWS::CloudWatch::Alarm'],
  },
} as const satisfies Partial<Record<ComponentName, Readonly<Record<string, readonly string[]>>>>

const templates = {
  database: () => databaseTemplate(),
  backup: async () => (await templatesIn()).backup,
}

it.each(['database', 'backup'] as const)(
  'a deployment of %s names each step of the document on both targets, and on AWS makes what it names',
  async (name) => {
    const steps = Object.entries(made[name])
    for (const target of [undefined, 'onAws'] as const) {
      const named = documentStepsOf([name], target).map((line) => /^ {2}(\S+) +(.+?) {2,}\S/.exec(line)?.slice(1))
      expect(named).toEqual(steps.map(([step]) => [name, step]))
    }
    const template = JSON.stringify(await templates[name]())
    const missing = steps.flatMap(([, types]) => types).filter((type) => !template.includes(`"Type":"${type}"`))
    expect(missing).toEqual([])
  },
)

it('a room whose steps are done by a stack says of each what does it', () => {
  const half = rooms.flatMap(({ name, words }) => {
    const steps = 'documentSteps' in words ? words.documentSteps : []
    const said = steps.filter((step) => 'onAws' in step)
    return said.length === 0 || said.length === steps.length ? [] : [name]
  })
  expect(half).toEqual([])
})
