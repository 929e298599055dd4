import {
  DescribeDBProxiesCommand,
  DescribeDBProxyTargetGroupsCommand,
  DescribeDBProxyTargetsCommand,
  RDSClient,
} from '@aws-sdk/client-rds'
import type { DeployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import { byOwnProvisioner, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { referred } from '../../../src/targets/aws/references.ts'
import { at, list, resourceOf } from '../../../src/targets/aws/template.ts'

const proxy = 'AWS::RDS::DBProxy'
const targets = 'AWS::RDS::DBProxyTargetGroup'

async function proxyOf({ client, id }: DeployedStack): Promise<unknown> {
  const { DBProxies: [found] = [] } = await new RDSClient(client).send(
    new DescribeDBProxiesCommand({ DBProxyName: id('Pool') }),
  )
  return found
}

async function connectionsOf({ client, id }: DeployedStack): Promise<unknown> {
  const asked = new DescribeDBProxyTargetGroupsCommand({ DBProxyName: id('Pool') })
  const { TargetGroups: [found] = [] } = await new RDSClient(client).send(asked)
  return found?.ConnectionPoolConfig
}

type About = Pick<RoomProof, 'says' | 'fact' | 'proves' | 'is'>

const ofConnections = (about: About, name: string): RoomProof =>
  byOwnProvisioner({
    ...about,
    type: targets,
    template: (template) =>
      at(resourceOf(template, 'PoolProxyTargetGroup'), 'Properties', 'ConnectionPoolConfigurationInfo', name),
    readBack: async (deployed) => at(await connectionsOf(deployed), name),
  })

const ofProxy = (about: About, seen: (found: unknown, text: (value: unknown) => unknown) => unknown): RoomProof =>
  byOwnProvisioner({
    ...about,
    type: proxy,
    template: (template) => seen(at(resourceOf(template, 'Pool'), 'Properties'), referred),
    readBack: async (deployed) => seen(await proxyOf(deployed), deployed.named),
  })

/** `shares`: per cent of max_connections; `idle` and `wait` in seconds. */
export const poolProofs = (
  name: string,
  shares: { maximum: number; idle: number },
  idle: number,
  wait: number,
  subnets: readonly string[],
): readonly RoomProof[] => [
  ofConnections(
    {
      says: 'the pool opens so many connections to the database and no more (MaxConnectionsPercent of max_connections)',
      fact: 'connections at most, in % of max_connections',
      proves: ['poolMaximum'],
      is: shares.maximum,
    },
    'MaxConnectionsPercent',
  ),
  ofConnections(
    {
      says: 'of connections that nobody uses so many stay open (MaxIdleConnectionsPercent, a ceiling)',
      fact: 'idle connections at most, in % of max_connections',
      proves: ['poolMaximum'],
      is: shares.idle,
    },
    'MaxIdleConnectionsPercent',
  ),
  ofConnections(
    {
      says: 'a client waits so long for a connection, and is then refused',
      fact: 'seconds until a client is refused',
      proves: ['poolWait'],
      is: wait,
    },
    'ConnectionBorrowTimeout',
  ),
  byOwnProvisioner({
    type: targets,
    says: 'the pool stands before the primary',
    fact: 'the pool stands before',
    proves: ['poolMaximum'],
    is: ['Primary'],
    template: (template) =>
      referred(at(resourceOf(template, 'PoolProxyTargetGroup'), 'Properties', 'DBInstanceIdentifiers')),
    readBack: async (deployed) => {
      const asked = new DescribeDBProxyTargetsCommand({ DBProxyName: deployed.id('Pool') })
      const { Targets: found = [] } = await new RDSClient(deployed.client).send(asked)
      return found.map(({ RdsResourceId: resource }) => deployed.named(resource))
    },
  }),
  ofProxy(
    {
      says: 'a client that says nothing is let go after this time; RDS Proxy closes clients by it, not connections to the database',
      fact: 'seconds until a silent client is closed (not its connection to the database)',
      proves: ['poolIdle'],
      is: idle,
    },
    (found) => at(found, 'IdleClientTimeout'),
  ),
  ofProxy(
    {
      says: 'the pool speaks PostgreSQL, and reads the password by the role that is meant for it',
      fact: 'role of the pool',
      proves: [],
      is: [`${name}-pool`, 'POSTGRESQL', 'PoolIAMRole'],
    },
    (found, text) => [
      at(found, 'DBProxyName'),
      at(found, 'EngineFamily'),
      String(text(at(found, 'RoleArn')))
        .split('/')
        .at(-1),
    ],
  ),
  ofProxy(
    {
      says: 'the pool speaks to clients over TLS alone',
      fact: 'TLS at the pool',
      proves: ['encryptedConnections'],
      is: true,
    },
    (found) => at(found, 'RequireTLS'),
  ),
  ofProxy(
    {
      says: 'clients sign in with the password of the stack’s own secret, which nobody sends as it is (SCRAM)',
      fact: 'how clients of the pool sign in',
      proves: ['encryptedConnections'],
      is: [['SECRETS', 'Secret', 'DISABLED', 'POSTGRES_SCRAM_SHA_256']],
    },
    (found, text) =>
      list(at(found, 'Auth')).map((one) => [
        at(one, 'AuthScheme'),
        text(at(one, 'SecretArn')),
        at(one, 'IAMAuth'),
        at(one, 'ClientPasswordAuthType'),
      ]),
  ),
  ofProxy(
    {
      says: 'the pool stands in the subnets of both zones, behind its security group',
      fact: 'the pool stands in',
      proves: ['network'],
      is: [subnets.toSorted(), ['PoolGroup']],
    },
    (found, text) => ['VpcSubnetIds', 'VpcSecurityGroupIds'].map((of) => list(at(found, of)).map(text).toSorted()),
  ),
]
