import { BackupClient, DescribeBackupVaultCommand, GetBackupPlanCommand } from '@aws-sdk/client-backup'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch'
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DescribeDBInstancesCommand, ModifyDBInstanceCommand, RDSClient } from '@aws-sdk/client-rds'
import { DeleteFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { GetTopicAttributesCommand, SetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uploadProofs } from '../infrastructure/backup/aws/proofs-data.ts'
import { vaultProofs } from '../infrastructure/backup/aws/proofs-vault.ts'
import { proven as provenMonitoring } from '../infrastructure/monitoring/proofs/test-template.ts'
import { functionAlarmProblems } from '../infrastructure/monitoring/aws/check-functions.ts'
import { watchedHere } from '../infrastructure/monitoring/aws/watched-functions.ts'
import { endAlarmsOfGoneFunctions } from '../src/targets/aws/end-alarms.ts'
import { DeployedRooms, type DeployedRoomStacks } from './ministack/deployed-rooms.ts'
import {
  account,
  proofsOfBackup,
  proofsOfDatabase,
  proofsOfMonitoring,
  readBack,
  topicOf,
} from './ministack/proven-rooms.ts'

let rooms: DeployedRooms
let stacks: DeployedRoomStacks
beforeAll(async () => {
  rooms = await DeployedRooms.make()
  await must('deploy', 'backup', '--yes')
  stacks = await rooms.stacks()
})
afterAll(() => rooms.remove())

const asked = () => rooms.asked()
const must = (verb: string, ...args: string[]) => rooms.must(verb, ...args)

describe('what is deployed beside the CDN, read back from the emulator', () => {
  it('is monitoring', async () => {
    const all = await readBack(proofsOfMonitoring(rooms.called), stacks.monitoring)
    expect(all.length).toBeGreaterThan(8)
    expect(all.map(({ found }) => found)).toEqual(all.map(({ wanted }) => wanted))
  })

  it('is the database', async () => {
    const all = await readBack(proofsOfDatabase(), stacks.database)
    expect(all.length).toBeGreaterThan(50)
    expect(all.map(({ found }) => found)).toEqual(all.map(({ wanted }) => wanted))
  })

  it('are the backups, and the vault and the bucket of their copies in the other region', async () => {
    const { Stacks: [stack] = [] } = await new CloudFormationClient(asked()).send(
      new DescribeStacksCommand({ StackName: 'trial-database' }),
    )
    const outputs = new Map(stack?.Outputs?.map(({ OutputKey: key = '', OutputValue: value = '' }) => [key, value]))
    const subnets = (outputs.get('FunctionSubnets') ?? '').split(',')
    expect([outputs.get('FunctionGroup'), subnets.length]).toEqual([stacks.database.id('RotationGroup'), 2])
    const all = [
      ...(await readBack(proofsOfBackup(stacks, outputs), stacks.backup)),
      ...(await readBack(vaultProofs(7), stacks.copies)),
      ...(await readBack(uploadProofs({ infrequentAccess: 30, archive: 90, expiry: 365 }), stacks.copies)),
    ]
    expect(all.length).toBeGreaterThan(25)
    expect(all.map(({ found }) => found)).toEqual(all.map(({ wanted }) => wanted))
  })
})

describe('the guarantees on AWS', () => {
  it('are kept on the emulator, which each says, but for those that nothing can be read back of', async () => {
    const all = await rooms.verdicts('database', 'backup', 'monitoring')
    const ids = (is: string): readonly string[] => all.filter(({ verdict }) => verdict === is).map(({ id }) => id)
    expect(ids('broken')).toEqual([])
    expect(ids('kept').length).toBe(37)
    expect(all.filter(({ verdict, evidence }) => verdict === 'kept' && evidence?.on !== 'emulator')).toEqual([])
    const bySql = all.filter(({ id }) => /noLostWrites|boundedStaleness/.test(id)).map(({ because }) => because)
    const noSql = expect.stringContaining('the emulator has no PostgreSQL at ')
    expect(bySql).toEqual([noSql, noSql])
    expect(ids('notClaimed')).toEqual([
      'database.poolMinimum',
      'database.noLostWrites',
      'database.boundedStaleness',
      // Nothing was copied yet.
      'backup.otherRegion',
      'backup.verification',
      'backup.restoreTest',
      'backup.notification',
      'backup.freshness',
      'backup.recoveryPoint',
      'backup.recoveryTime',
      'monitoring.backupSize',
      'monitoring.cdnErrors',
      'monitoring.hitRatio',
      'monitoring.originLatency',
      'monitoring.silence',
      'monitoring.delivery',
    ])
  })

  it('are broken where a hand changed what they stand on, and kept when it is put back', async () => {
    const rds = new RDSClient(asked())
    const seen: (string | undefined)[] = []
    for (const MultiAZ of [false, true]) {
      await rds.send(
        new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'trial-primary', MultiAZ, ApplyImmediately: true }),
      )
      const [standby] = await rooms.verdicts('database.standby')
      seen.push(standby?.verdict)
    }
    expect(seen).toEqual(['broken', 'kept'])
  })

  it('of backups is broken where rules of EventBridge may publish under a condition alone, as they never meet one', async () => {
    const sns = new SNSClient(asked())
    const TopicArn = topicOf({ name: 'backupFailed' })
    const { Attributes: { Policy: before = '' } = {} } = await sns.send(new GetTopicAttributesCommand({ TopicArn }))
    const { Statement: statements } = JSON.parse(before)
    const Condition = { StringEquals: { 'aws:SourceAccount': account } }
    const under = JSON.stringify({ Statement: statements.map((one: object) => ({ ...one, Condition })) })
    const seen: unknown[] = []
    for (const AttributeValue of [under, before]) {
      await sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue }))
      const [one] = await rooms.verdicts('monitoring.backupFailed')
      seen.push([one?.verdict, one?.because])
    }
    expect(seen).toEqual([
      ['broken', `${TopicArn} lets EventBridge publish under a condition, which it never meets`],
      ['kept', undefined],
    ])
  })

  it('of parameters is broken as long as one waits for a restart', async () => {
    const rds = new RDSClient(asked())
    const DBInstanceIdentifier = 'trial-replica'
    // What RDS says of an instance whose static parameter has changed.
    const DBParameterGroupName = stacks.database.id('Parameters')
    await rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier, DBParameterGroupName }))
    const [waiting] = await rooms.verdicts('database.parameters')
    expect(waiting).toMatchObject({ verdict: 'broken', because: expect.stringContaining('trial-replica: a parameter') })
    expect(waiting?.next).toContain('aws rds reboot-db-instance --db-instance-identifier trial-replica')
    // The emulator has no server here whose restart could end it.
    await rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier, DBParameterGroupName, ApplyImmediately: true }))
    const [now] = await rooms.verdicts('database.parameters')
    expect([now?.verdict, now?.evidence?.facts]).toEqual([
      'kept',
      expect.objectContaining({ 'wait for a restart': 'none' }),
    ])
  })

  it('of the pool say how many clients it has pinned', async () => {
    const pinned = 'pinned sessions, most within 15 min'
    const before = await rooms.verdicts('database.poolMaximum')
    const Dimensions = [{ Name: 'ProxyName', Value: 'trial-pool' }]
    const MetricData = [2, 7, 3].map((Value, index) => ({
      MetricName: 'DatabaseConnectionsCurrentlySessionPinned',
      Dimensions,
      Value,
      Timestamp: new Date(Date.now() - (index + 1) * 60_000),
    }))
    const cloudWatch = new CloudWatchClient(asked())
    await cloudWatch.send(new PutMetricDataCommand({ Namespace: 'AWS/RDS', MetricData }))
    const after = await rooms.verdicts('database.poolMaximum')
    expect([before, after].map(([one]) => [one?.verdict, one?.evidence?.facts?.[pinned]])).toEqual([
      ['kept', 'not measured yet'],
      ['kept', 7],
    ])
  })

  it('of alarms are broken where one is switched off; of the size nothing is claimed, as RDS has none', async () => {
    const AlarmNames = [
      'trial-monitoring.backupDuration',
      'trial-monitoring.backupFailed',
      'trial-monitoring.backupSize-below',
      'trial-monitoring.diskOperations',
    ]
    const seen: (readonly [string | undefined, string | undefined])[] = []
    for (const Command of [DisableAlarmActionsCommand, EnableAlarmActionsCommand]) {
      await new CloudWatchClient(asked()).send(new Command({ AlarmNames }))
      for (const name of ['backupDuration', 'backupFailed', 'backupSize', 'writeIops']) {
        const [one] = await rooms.verdicts(`monitoring.${name}`)
        seen.push([one?.verdict, one?.because])
      }
    }
    expect(seen).toEqual([
      ['broken', expect.stringContaining('monitoring.backupDuration is switched off')],
      ['broken', 'trial-monitoring.backupFailed is switched off'],
      ['broken', expect.stringContaining('monitoring.backupSize-below is switched off')],
      ['broken', expect.stringContaining('monitoring.diskOperations is switched off')],
      ['kept', undefined],
      ['kept', undefined],
      ['notClaimed', expect.stringContaining('AWS Backup says 0 bytes of each backup of RDS')],
      ['kept', undefined],
    ])
  })
})

describe('the alarms about functions', () => {
  it('are as they have to be, and one that is switched off is found', async () => {
    const topics = { critical: topicOf({ name: 'silence' }), warning: topicOf({ name: 'replicaLag' }) }
    const given = { name: 'trial', topics, alarms: watchedHere(provenMonitoring) }
    const seen: (readonly string[])[] = []
    const cloudWatch = new CloudWatchClient(asked())
    const AlarmNames = ['trial-read-database.errors']
    for (const command of [
      new EnableAlarmActionsCommand({ AlarmNames }),
      new DisableAlarmActionsCommand({ AlarmNames }),
      new EnableAlarmActionsCommand({ AlarmNames }),
    ]) {
      await cloudWatch.send(command)
      seen.push(await functionAlarmProblems(asked(), given))
    }
    expect(seen).toEqual([[], ['trial-read-database.errors is switched off'], []])
  })
})

describe('the stacks of all rooms', () => {
  it('have nothing to change when they are as they should be', async () => {
    expect(await must('plan', 'backup')).toContain('nothing to change')
  })

  it('agree on the days and the hour of the database’s backups: no deployment of one sets the other’s back', async () => {
    const rds = new RDSClient(asked())
    const primary = async () => {
      const { DBInstances: [found] = [] } = await rds.send(
        new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'trial-primary' }),
      )
      return [found?.DBInstanceClass, found?.BackupRetentionPeriod, found?.PreferredBackupWindow]
    }
    const continuous = async () => {
      const { backup } = stacks
      const { BackupPlan: plan } = await new BackupClient(asked()).send(
        new GetBackupPlanCommand({ BackupPlanId: backup.id('Plan') }),
      )
      return plan?.Rules?.find(({ EnableContinuousBackup: is }) => is)?.Lifecycle?.DeleteAfterDays
    }
    // As AWS Backup does with a database that its continuous rule chooses.
    const set = { BackupRetentionPeriod: 7, PreferredBackupWindow: '05:13-05:43', ApplyImmediately: true }
    await rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'trial-primary', ...set }))
    expect(await must('plan', 'database', '--drift')).not.toContain('changed by hand')
    const larger = { database: { rds: { class: 'db.r5.2xlarge' } } }
    await rooms.configure(larger)
    await must('deploy', 'database', '--yes')
    expect([await primary(), await continuous()]).toEqual([['db.r5.2xlarge', 7, '05:13-05:43'], 7])
    await rooms.configure({ ...larger, backup: { transactionLogs: { keep: '10 days' } } })
    await must('deploy', 'backup', '--yes')
    expect([await primary(), await continuous()]).toEqual([['db.r5.2xlarge', 10, '05:13-05:43'], 10])
    await rooms.configure({})
    await must('deploy', 'backup', '--yes')
    expect([await primary(), await continuous()]).toEqual([['db.r5.xlarge', 7, '05:13-05:43'], 7])
  })

  it('get a lock that nobody can lift later only where each vault is confirmed by the name of its stack', async () => {
    await rooms.configure({ backup: { lock: 'compliance' } })
    const says = '7 days after its deployment nobody can lift it'
    const both = ['trial-backup-copies', 'trial-backup']
    const plan = await must('plan', 'backup')
    for (const stack of both) expect(plan).toMatch(new RegExp(`${stack}: the lock of its vault .* ${says}`))
    const flag = '--lock-for-good'
    const refused = await rooms.edge('deploy', 'backup', '--yes')
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(says)])
    expect(refused.stderr).toContain(`edge deploy backup --target aws ${flag} ${both.join(' ')} confirms it`)
    const unasked = await rooms.edge('deploy', 'backup')
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('there is no terminal to ask on')])
    const half = await rooms.edge('deploy', 'backup', '--yes', flag, 'trial-backup')
    expect([half.code, half.stderr]).toEqual([2, expect.stringContaining('trial-backup-copies: the lock of its vault')])
    const other = await rooms.edge('deploy', 'backup', '--yes', flag, 'trial-database')
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('there is nothing in trial-database')])
    expect(await must('plan', 'backup')).not.toContain('nothing to change')
    await must('deploy', 'backup', '--yes', flag, ...both)
    expect(await must('plan', 'backup')).toContain('nothing to change')
    // It is so already: what is changed beside it asks for nothing more.
    await rooms.configure({ backup: { lock: 'compliance', weekly: { keep: '40 days' } } })
    await must('deploy', 'backup', '--yes')
    await rooms.configure({})
    await must('deploy', 'backup', '--yes')
  })

  it('are none the less deployed where storage has grown, or RDS still works on it, which is said', async () => {
    const grown = { DBInstanceIdentifier: 'trial-primary', AllocatedStorage: 300, ApplyImmediately: true }
    await new RDSClient(asked()).send(new ModifyDBInstanceCommand(grown))
    const out = await must('deploy', 'database', '--yes')
    expect(out).toContain('trial-primary: its storage has grown to 300 GB by itself: nothing to do')
    expect((await rooms.verdicts('database.storage')).map(({ verdict }) => verdict)).toEqual(['kept'])
    expect(await must('plan', 'database', '--drift')).not.toContain('changed by hand')
  })

  it('are changed where the configuration is, and a plan shows how the shares of the pool come about', async () => {
    await rooms.configure({ monitoring: { alarms: { connections: 300 } }, database: { pool: { maximum: 50 } } })
    expect(await must('plan', 'database')).toContain('50 of 500 connections: MaxConnectionsPercent 10')
    await must('deploy', 'database', '--yes')
    const asks = new DescribeAlarmsCommand({ AlarmNames: ['trial-monitoring.connections'] })
    const { MetricAlarms: [alarm] = [] } = await new CloudWatchClient(asked()).send(asks)
    expect(alarm?.Threshold).toBe(300)
  })

  it('are not changed, none of them, where the secret with the webhook is not there; under a key of its owner it is said what its policy has to allow', async () => {
    const secrets = new SecretsManagerClient(asked())
    const locked = { Name: 'locked', SecretString: 'https://hooks.example.com', KmsKeyId: 'alias/ours' }
    const { ARN: underKey = '' } = await secrets.send(new CreateSecretCommand(locked))
    const gone = rooms.called.webhookSecret.replace('secret:webhook', 'secret:gone')
    const seen: unknown[] = []
    for (const [webhookSecret, how] of [
      [gone, '--yes'],
      [underKey, '--dry-run'],
    ] as const) {
      await rooms.configure({ aws: { notify: { ...rooms.called, webhookSecret } } })
      const ran = await rooms.edge('deploy', 'monitoring', how)
      seen.push([ran.code, ran.stderr])
    }
    await rooms.configure({})
    expect(seen).toEqual([
      [1, expect.stringContaining(`aws.notify.webhookSecret: is not there (us-east-1): ${gone}`)],
      [0, expect.stringMatching(/is encrypted with alias\/ours: .*kms:Decrypt/)],
    ])
  })

  it('are not destroyed, none of them, as long as the database is protected against deletion', async () => {
    const ran = await rooms.edge('destroy', '--yes')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('trial-primary: protected against deletion')])
    expect(ran.stderr).toContain('--db-instance-identifier trial-primary --no-deletion-protection')
    const before = await rooms.edge('destroy', 'database', '--yes')
    expect(before.stderr).toContain('trial-backup needs database, and would stay')
    expect(await must('plan', 'monitoring')).not.toContain('not there yet')
    const lift = { DBInstanceIdentifier: 'trial-primary', DeletionProtection: false, ApplyImmediately: true }
    await new RDSClient(asked()).send(new ModifyDBInstanceCommand(lift))
  })

  it('leave no alarm that rings about a function which is gone', async () => {
    const rung = ['trial-backup-figures.errors', 'trial-replica-heartbeat.errors']
    const cloudWatch = new CloudWatchClient(asked())
    for (const AlarmName of rung)
      await cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'a test' }))
    await new LambdaClient(asked()).send(new DeleteFunctionCommand({ FunctionName: 'trial-backup-figures' }))
    expect(await endAlarmsOfGoneFunctions('trial', [asked()])).toEqual([
      'Ended: trial-backup-figures.errors rang about a function that is gone',
    ])
    const { MetricAlarms: all = [] } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: rung }))
    expect(all.map(({ StateValue: state }) => state)).toEqual(['OK', 'ALARM'])
  })

  it('are destroyed, one before the other that it needs, and leave what holds data', async () => {
    const vault = stacks.backup.id('Vault')
    const out = await must('destroy', '--yes')
    const [left = ''] = /Left, with what is in them: .*/.exec(out) ?? []
    for (const stack of [stacks.backup, stacks.copies]) expect(left).toContain(stack.id('Uploads'))
    const { DBInstances: instances } = await new RDSClient(asked()).send(new DescribeDBInstancesCommand({}))
    expect(instances).toEqual([])
    const found = await Promise.all([
      new BackupClient(asked()).send(new DescribeBackupVaultCommand({ BackupVaultName: vault })),
      new DynamoDBClient(asked()).send(new DescribeTableCommand({ TableName: stacks.backup.id('Sessions') })),
      new S3Client({ ...asked(), forcePathStyle: true }).send(
        new HeadBucketCommand({ Bucket: stacks.backup.id('Uploads') }),
      ),
    ])
    expect(found.map(({ $metadata: { httpStatusCode: status } }) => status)).toEqual([200, 200, 200])
  })
})
