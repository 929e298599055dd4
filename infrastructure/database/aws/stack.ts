import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb'
import { ClientPasswordAuthType, DatabaseProxy, type IDatabaseInstance, ProxyTarget } from 'aws-cdk-lib/aws-rds'
import { HostedRotation, type ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import { CfnOutput, Duration, Fn, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { gibibytes, seconds } from '../../../src/core/units.ts'
import type { CallingAlarm } from '../../../src/targets/aws/alarm.ts'
import type { CallingFunctionAlarm } from '../../../src/targets/aws/function-alarms.ts'
import type { DatabaseSettings } from '../settings.ts'
import { type Instances, instances } from './instances.ts'
import { type Network, network, type NetworkSettings, postgresPort } from './network.ts'
import { rdsParameters, staticNames } from './parameters.ts'
import { outputs } from './outputs.ts'
import { poolShares } from './pool-shares.ts'
import { beat } from './replica-heartbeat.ts'
import { watch } from './watch.ts'

export type DatabaseStackProps = StackProps & {
  /** Name of the instance: begins the names of what has to have one. */
  readonly name: string
  readonly settings: DatabaseSettings
  readonly network: NetworkSettings
  /** How many days back the database can be brought to any second. */
  readonly recoverDays: number
  readonly alarms: readonly CallingAlarm[]
  /** About functions that the clock does not call. */
  readonly silent: readonly CallingFunctionAlarm[]
}

/**
 * PostgreSQL on RDS: a primary with a standby in another zone, a replica for reads, and a pool (RDS Proxy) before them.
 *
 * What it costs a month (730 h) in us-east-1, in US dollars, by AWS's price list (B published, K known):
 *
 *     primary db.r5.xlarge Multi-AZ      1.00 × 730                     730.00  B
 *     replica db.r5.xlarge               0.50 × 730                     365.00  B
 *     gp3, both zones and the replica    100 GB × 0.23 + 100 × 0.115     34.50  B
 *     RDS Proxy, 4 vCPU                  4 × 0.015 × 730                 43.80  K
 *     way to Secrets Manager, two zones  2 × 0.01 × 730                  14.60  K
 *     alarms, and what calls for them    13 × 0.10 + 2 × 0.50             2.30  K
 *     enhanced monitoring, logs          about 2 GB × 0.50                1.00  K
 *     secret                                                              0.40  K
 *     table of one item, heartbeat of the replica                         0.00  K
 *                                                                      1,191.60
 *
 * Storage that grows to 1000 GB adds at most 900 × 0.345 = 310.50. Insights of seven days cost nothing.
 */
export class DatabaseStack extends Stack {
  /** The first two that the account has there: CloudFormation knows them, and a plan is made without asking anybody. */
  override get availabilityZones(): string[] {
    return [0, 1].map((one) => Fn.select(one, Fn.getAzs()))
  }

  constructor(scope: Construct, id: string, props: DatabaseStackProps) {
    super(scope, id, props)
    const { name, settings, recoverDays } = props
    const its = network(this, props.network)
    const made = instances(this, { name, settings, recoverDays, network: its })
    const pool = poolBefore(made, its, this, props)
    rotate(made, its, name)
    beat(this, name, made, its, props.silent)
    watch(this, name, made, props.alarms)
    tell(this, made, its, pool, heartbeats(this), settings)
  }
}

function poolBefore(
  { primary, secret }: Instances,
  { vpc, groups }: Network,
  scope: Construct,
  { name, settings }: DatabaseStackProps,
): DatabaseProxy {
  const { maximum, idle } = poolShares(settings)
  return new DatabaseProxy(scope, 'Pool', {
    dbProxyName: `${name}-pool`,
    // CDK's types are not written for exactOptionalPropertyTypes: its own instance is none of its IDatabaseInstances.
    proxyTarget: ProxyTarget.fromInstance(primary as IDatabaseInstance),
    secrets: [secret as ISecret],
    vpc,
    vpcSubnets: { subnets: vpc.isolatedSubnets },
    securityGroups: [groups.pool],
    requireTLS: true,
    clientPasswordAuthType: ClientPasswordAuthType.POSTGRES_SCRAM_SHA_256,
    maxConnectionsPercent: maximum,
    maxIdleConnectionsPercent: idle,
    borrowTimeout: Duration.seconds(seconds(settings.pool.wait)),
    idleClientTimeout: Duration.seconds(seconds(settings.pool.idle)),
  })
}

/** One user whose name stays: an app that reads the secret again when it is refused goes on. */
function rotate({ primary }: Instances, { vpc, groups }: Network, name: string): void {
  if (!primary.secret) throw new Error('the primary has no secret')
  primary.secret.addRotationSchedule('Rotation', {
    automaticallyAfter: Duration.days(30),
    rotateImmediatelyOnUpdate: false,
    hostedRotation: HostedRotation.postgreSqlSingleUser({
      functionName: `${name}-rotate-password`,
      vpc,
      vpcSubnets: { subnets: vpc.isolatedSubnets },
      securityGroups: [groups.rotation],
      // What a URL would have to escape, as CDK's own secret leaves it out.
      excludeCharacters: ' %+~`#$&*()|[]{}:;<>?!\'/@"\\',
    }),
  })
}

/**
 * Where `edge verify` notes the newest heartbeat that was acknowledged: outside the database, so that no restore of that
 * takes it back. It goes with the database that it counts.
 */
const heartbeats = (scope: Construct): Table =>
  new Table(scope, 'Heartbeats', {
    partitionKey: { name: 'id', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    removalPolicy: RemovalPolicy.DESTROY,
  })

function tell(
  stack: Stack,
  { primary, replica, secret, subnets }: Instances,
  { vpc, groups }: Network,
  pool: DatabaseProxy,
  table: Table,
  settings: DatabaseSettings,
): void {
  const told: readonly (readonly [name: string, value: string])[] = [
    [outputs.pool, `${pool.endpoint}:${postgresPort}`],
    [outputs.session, primary.instanceEndpoint.socketAddress],
    [outputs.reader, replica.instanceEndpoint.socketAddress],
    [outputs.secret, secret.secretArn],
    [outputs.primary, primary.instanceIdentifier],
    [outputs.subnets, subnets.subnetGroupName],
    [outputs.group, groups.database.securityGroupId],
    [outputs.heartbeats, table.tableName],
    [outputs.functionGroup, groups.rotation.securityGroupId],
    [outputs.functionSubnets, vpc.isolatedSubnets.map(({ subnetId }) => subnetId).join(',')],
    [outputs.shares, poolShares(settings).arithmetic],
    [outputs.afterRestart, staticNames(rdsParameters(settings)).join(', ')],
    [outputs.storage, String(gibibytes(settings.rds.storage))],
  ]
  for (const [name, value] of told) new CfnOutput(stack, name, { value })
}
