import { DescribeDBProxyTargetsCommand, type DBProxyTarget, RDSClient } from '@aws-sdk/client-rds'
import { OperatorError } from '../../../src/core/errors.ts'
import type { World } from '../../../src/core/world.ts'
import type { Where } from '../../../src/targets/aws/room.ts'
import type { DeployedDatabase } from './outputs.ts'
import { pendingOf, restarts } from './pending.ts'

/** CloudFormation is done when the pool is made; the pool opens its first connection minutes later. */
const availableWithinMs = 15 * 60_000
const lookEveryMs = 5000

/** Waits until the pool reaches the database, and says what RDS has not done yet. */
export async function settles(
  { gibibytes }: DeployedDatabase,
  { instance, region }: Where,
  world: World,
): Promise<readonly string[]> {
  await poolReaches(instance, region, world)
  const { restarts: waiting, optimised, grown } = await pendingOf(instance, { region }, gibibytes)
  return [
    ...waiting.map((one) => `${one}: parameters wait for a restart: ${restarts(one, region)}`),
    ...optimised.map(
      (one) => `${one}: RDS works on its storage for some hours. It serves, and takes no change of its storage`,
    ),
    ...grown.map(([one, size]) => `${one}: its storage has grown to ${size} GB by itself: nothing to do`),
  ]
}

async function poolReaches(instance: string, region: string, world: World): Promise<void> {
  const rds = new RDSClient({ region })
  const asked = new DescribeDBProxyTargetsCommand({ DBProxyName: `${instance}-pool` })
  const until = world.now().getTime() + availableWithinMs
  for (;;) {
    const { Targets: targets = [] } = await rds.send(asked)
    const away = targets.find(({ TargetHealth: health }) => health?.State !== 'AVAILABLE')
    if (targets.length > 0 && !away) return
    if (world.now().getTime() > until) throw unreached(instance, away)
    await world.sleep(lookEveryMs)
  }
}

/** RDS's own reasons, and what to look at. */
const looks: Readonly<Record<string, string>> = {
  AUTH_FAILURE:
    'the pool signs in with the password of the secret: may its role read it (secretsmanager:GetSecretValue), and the key that it is encrypted by (kms:Decrypt)?',
  UNREACHABLE: 'is the primary available, and does its security group let in that of the pool?',
  CONNECTION_FAILED: 'is the primary available, and does its security group let in that of the pool?',
  PENDING_PROXY_CAPACITY: 'AWS has not made room for the pool yet: wait',
}

function unreached(instance: string, target: DBProxyTarget | undefined): OperatorError {
  const { State: state = 'no target', Reason: reason = '', Description: words = '' } = target?.TargetHealth ?? {}
  const said = [state, reason, words].filter((word) => word !== '').join(', ')
  return new OperatorError(`${instance}-pool`, `does not reach the database: ${said}`, [
    'the stacks are deployed; clients of the pool get no connection',
    looks[reason] ?? 'the console of RDS shows the pool’s log',
    `aws rds describe-db-proxy-targets --db-proxy-name ${instance}-pool shows it; edge deploy database --target aws waits again`,
  ])
}
