import { InstanceType } from 'aws-cdk-lib/aws-ec2'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import {
  CaCertificate,
  Credentials,
  DatabaseInsightsMode,
  DatabaseInstance,
  DatabaseInstanceEngine,
  DatabaseInstanceReadReplica,
  DatabaseSecret,
  ParameterGroup,
  PerformanceInsightRetention,
  PostgresEngineVersion,
  StorageType,
  SubnetGroup,
} from 'aws-cdk-lib/aws-rds'
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { gibibytes } from '../../../src/core/units.ts'
import type { DatabaseSettings } from '../settings.ts'
import type { Network } from './network.ts'
import { rdsParameters } from './parameters.ts'

/** The names of what is in the database. */
export const planned = {
  database: 'app',
  user: 'edge',
  /** Reads a restored copy, and what that is compared with. */
  reader: 'edge_reader',
} as const

export const instanceNames = (name: string) => ({ primary: `${name}-primary`, replica: `${name}-replica` }) as const

/** The major version that the local target has, too: what is dumped on one is restored on the other. */
export const engine = DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_15 })

export type Instances = {
  readonly primary: DatabaseInstance
  readonly replica: DatabaseInstanceReadReplica
  readonly secret: DatabaseSecret
  readonly parameters: ParameterGroup
  readonly subnets: SubnetGroup
}

export function instances(
  scope: Construct,
  {
    name,
    settings,
    recoverDays,
    network,
  }: { name: string; settings: DatabaseSettings; recoverDays: number; network: Network },
): Instances {
  const { vpc, groups } = network
  const { primary: primaryName, replica: replicaName } = instanceNames(name)
  const parameters = new ParameterGroup(scope, 'Parameters', {
    engine,
    description: `The parameters of ${name}: rendered by edge`,
    parameters: Object.fromEntries(rdsParameters(settings).map(({ name: parameter, value }) => [parameter, value])),
  })
  const subnets = new SubnetGroup(scope, 'Subnets', {
    vpc,
    vpcSubnets: { subnets: vpc.isolatedSubnets },
    description: `The subnets of the database of ${name}`,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  // RDS's own (ManageMasterUserPassword) is refused beside a replica of PostgreSQL.
  const secret = new DatabaseSecret(scope, 'Secret', { username: planned.user })
  const same = {
    vpc,
    subnetGroup: subnets,
    securityGroups: [groups.database],
    instanceType: new InstanceType(settings.rds.class.replace(/^db\./, '')),
    // Below 400 GB gp3 has 3,000 IOPS and 125 MB/s, and RDS refuses to be told either.
    storageType: StorageType.GP3,
    maxAllocatedStorage: gibibytes(settings.rds.growsTo),
    parameterGroup: parameters,
    iamAuthentication: true,
    publiclyAccessible: false,
    caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
    monitoringInterval: Duration.seconds(60),
    monitoringRole: monitoringRole(scope),
    enablePerformanceInsights: true,
    performanceInsightRetention: PerformanceInsightRetention.DEFAULT,
    databaseInsightsMode: DatabaseInsightsMode.STANDARD,
    cloudwatchLogsExports: ['postgresql', 'upgrade'],
    copyTagsToSnapshot: true,
    // The hour lies beside those of the backups (backup/aws/stack.ts).
    preferredMaintenanceWindow: 'Tue:09:00-Tue:10:00',
  }
  const primary = new DatabaseInstance(scope, 'Primary', {
    ...same,
    engine,
    instanceIdentifier: primaryName,
    databaseName: planned.database,
    // CDK's types are not written for exactOptionalPropertyTypes: its own secret is none of its ISecrets.
    credentials: Credentials.fromSecret(secret as ISecret, planned.user),
    multiAz: true,
    allocatedStorage: gibibytes(settings.rds.storage),
    storageEncrypted: true,
    autoMinorVersionUpgrade: true,
    // The days of AWS Backup's continuous rule: with any other number each would set the other's back. Its window is
    // AWS Backup's own, so none is given.
    backupRetention: Duration.days(recoverDays),
    // Otherwise whoever deletes the instance takes with it, at once, what brings it back to any second.
    deleteAutomatedBackups: false,
    deletionProtection: true,
    removalPolicy: RemovalPolicy.SNAPSHOT,
  })
  const replica = new DatabaseInstanceReadReplica(scope, 'Replica', {
    ...same,
    sourceDatabaseInstance: primary,
    instanceIdentifier: replicaName,
    autoMinorVersionUpgrade: true,
    deletionProtection: false,
    // It has nothing that the primary has not, and a snapshot of it would be of nobody.
    removalPolicy: RemovalPolicy.DESTROY,
  })
  for (const [id, of] of [
    [primaryName, primary],
    [replicaName, replica],
  ] as const)
    of.node.addDependency(...logGroups(scope, id))
  return { primary, replica, secret, parameters, subnets }
}

const monitoringRole = (scope: Construct): Role =>
  new Role(scope, 'MonitoringRole', {
    assumedBy: new ServicePrincipal('monitoring.rds.amazonaws.com'),
    managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonRDSEnhancedMonitoringRole')],
  })

/** RDS would make them itself, and keep their lines, and their cost, for ever. */
const logGroups = (scope: Construct, instance: string): readonly LogGroup[] =>
  ['postgresql', 'upgrade'].map(
    (log) =>
      new LogGroup(scope, `Log-${instance.endsWith('replica') ? 'replica' : 'primary'}-${log}`, {
        logGroupName: `/aws/rds/instance/${instance}/${log}`,
        retention: RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
  )
