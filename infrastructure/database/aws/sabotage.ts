import { change, type Edit, set } from '../../../test/template-edit.ts'

const of = (resource: string, path: string, to: unknown): Edit => set(resource, `Properties.${path}`, to)
const gone = undefined

/** What a hand or a change of the code could do to the stack: each breaks something that is promised. */
export const sabotages: readonly (readonly [words: string, edit: Edit])[] = [
  ['the primary is smaller', of('Primary', 'DBInstanceClass', 'db.r5.large')],
  ['storage does not grow', of('Primary', 'MaxAllocatedStorage', gone)],
  ['storage is told IOPS, which RDS refuses', of('Primary', 'Iops', 3000)],
  ['there is no standby', of('Primary', 'MultiAZ', false)],
  ['the replica is of another database', of('Replica', 'SourceDBInstanceIdentifier', 'other')],
  [
    'the pool opens every connection',
    of('PoolProxyTargetGroup', 'ConnectionPoolConfigurationInfo.MaxConnectionsPercent', 100),
  ],
  ['clients of the pool are let go after half an hour', of('Pool', 'IdleClientTimeout', 1800)],
  ['the pool speaks without TLS', of('Pool', 'RequireTLS', false)],
  ['the database takes clients without TLS', of('Parameters', 'Parameters', { max_connections: '500' })],
  [
    'a parameter is another',
    change('Parameters', 'Properties.Parameters', (was) => ({ ...Object(was), work_mem: '64' })),
  ],
  [
    'anybody may connect',
    of('DatabaseGroup', 'SecurityGroupIngress.0', {
      IpProtocol: 'tcp',
      FromPort: 5432,
      ToPort: 5432,
      CidrIp: '0.0.0.0/0',
    }),
  ],
  ['the database is public', of('Primary', 'PubliclyAccessible', true)],
  [
    'both subnets lie in one zone',
    of('VpcdatabaseSubnet2Subnet', 'AvailabilityZone', { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }),
  ],
  ['the machine is not measured', of('Replica', 'MonitoringInterval', 0)],
  ['nobody sees which statements cost the time', of('Primary', 'EnablePerformanceInsights', false)],
  ['the primary goes without a snapshot', set('Primary', 'DeletionPolicy', 'Delete')],
  ['what brings the primary back to any second goes with it', of('Primary', 'DeleteAutomatedBackups', gone)],
  ['anybody with the right may delete the primary', of('Primary', 'DeletionProtection', false)],
  ['RDS has a password of its own, which it refuses beside a replica', of('Primary', 'ManageMasterUserPassword', true)],
  [
    'the password is never changed',
    of('SecretAttachmentRotation', 'RotationRules.ScheduleExpression', 'rate(3650 days)'),
  ],
  [
    'another user takes over with each password',
    of('SecretAttachmentRotation', 'HostedRotationLambda.RotationType', 'PostgreSQLMultiUser'),
  ],
  ['the password is behind a key that the pool may not use', of('Secret', 'KmsKeyId', 'alias/other')],
  ['what was acknowledged is noted by no key', of('Heartbeats', 'KeySchema.0.AttributeName', 'number')],
  ['the note stays when the database that it counts is gone', set('Heartbeats', 'DeletionPolicy', 'Retain')],
  ['nobody hears of what is critical', of('CallsCritical', 'AlarmActions', [])],
  ['an alarm is in no call', of('CallsWarning', 'AlarmRule', 'ALARM("another")')],
  ['one outage is ten letters', of('monitoringfreeStorage', 'AlarmActions', ['arn:aws:sns:us-east-1:0:any'])],
  ['one outage is two letters', of('CallsWarning', 'ActionsSuppressor', undefined)],
  ['the heartbeat of the replica stands still', of('EachMinute', 'State', 'DISABLED')],
  ['nobody hears that it stands still', of('replicaheartbeatsilent', 'AlarmActions', [])],
  ['the heartbeat of the replica reaches no secret', of('Beat', 'VpcConfig.SecurityGroupIds', [])],
  [
    'an alarm is about the primary in place of the replica',
    of('monitoringreplicaLag', 'Dimensions.0.Value', { Ref: 'Primary' }),
  ],
  ['latencies are taken for milliseconds', of('monitoringreadLatency', 'Threshold', 20)],
]
