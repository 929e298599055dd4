import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { authoritiesInLambda } from '../../../src/targets/aws/inline-function.ts'
import { onEmulator, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { referred } from '../../../src/targets/aws/references.ts'
import { rightsAre, roleIs } from '../../../src/targets/aws/role-proof.ts'
import { calledIn, clockIn, clockOf, permissionsIn } from '../../../src/targets/aws/rule-proof.ts'
import { at, list, resourceOf } from '../../../src/targets/aws/template.ts'
import { planned } from './instances.ts'
import type { NetworkSettings } from './network.ts'
import { subnetsOf } from './proofs-network.ts'
import { heartbeatCode } from './replica-heartbeat.ts'

const lambda = 'AWS::Lambda::Function'
const rule = 'AWS::Events::Rule'

/** From the clock, by rule, right and function, to the transaction that the replica sees. */
export const replicaHeartbeatProofs = (name: string, network: NetworkSettings): readonly RoomProof[] => [
  onEmulator({
    type: lambda,
    says: 'the heartbeat is written on the primary by the program of replica-heartbeat.ts, which trusts Amazon’s authorities',
    fact: 'writes the heartbeat: runtime, seconds',
    proves: [],
    is: [
      'nodejs24.x',
      30,
      'index.handler',
      `${name}-replica-heartbeat`,
      planned.database,
      planned.reader,
      authoritiesInLambda,
    ],
    template: (template) => ofFunction(at(resourceOf(template, 'Beat'), 'Properties')),
    readBack: async ({ client, id }) => {
      const asked = new GetFunctionCommand({ FunctionName: id('Beat') })
      return ofFunction((await new LambdaClient(client).send(asked)).Configuration)
    },
  }),
  {
    type: lambda,
    says: 'it stands in the subnets of both zones, behind the group of what changes the password, and signs in by the secret',
    fact: 'where what makes a transaction stands',
    proves: [],
    is: [[...subnetsOf(network)], ['RotationGroup'], 'Secret', 'BeatServiceRole'],
    template: (template) => {
      const found = at(resourceOf(template, 'Beat'), 'Properties')
      return [
        ...['SubnetIds', 'SecurityGroupIds'].map((word) => list(at(found, 'VpcConfig', word)).map(referred)),
        referred(at(found, 'Environment', 'Variables', 'SECRET')),
        referred(at(found, 'Role')),
      ]
    },
    by: 'template',
    because: 'the emulator puts functions into no network',
  },
  {
    type: lambda,
    says: 'its code is that of the file, as it is',
    fact: 'code that makes a transaction',
    proves: [],
    is: heartbeatCode(),
    template: (template) => at(resourceOf(template, 'Beat'), 'Properties', 'Code', 'ZipFile'),
    by: 'template',
    because: 'the API answers an address of an archive; a test runs the same code against PostgreSQL and its replica',
  },
  onEmulator({
    type: rule,
    says: 'it is called each minute',
    fact: 'makes a transaction each',
    proves: [],
    is: [`${name}-each-minute`, 'ENABLED', 'rate(1 minute)', 1],
    template: (template) => clockIn(template, 'EachMinute'),
    readBack: (deployed) => clockOf(deployed, 'EachMinute'),
  }),
  {
    type: rule,
    says: 'what is called each minute is that function',
    fact: 'called each minute',
    proves: [],
    is: ['Beat'],
    template: (template) => calledIn(template, 'EachMinute'),
    by: 'template',
    because: 'that it is enabled, and how often, is read back',
  },
  {
    type: 'AWS::Lambda::Permission',
    says: 'EventBridge may call it for that rule alone',
    fact: 'who may call what makes a transaction',
    proves: [],
    is: [['lambda:InvokeFunction', 'Beat', 'events.amazonaws.com', 'EachMinute']],
    template: (template) => permissionsIn(template),
    by: 'template',
    because: 'an emulator asks nobody for rights',
  },
  roleIs(
    'BeatServiceRole',
    'what makes a transaction has a role of its own, which may write its log and stand in the network',
    {
      service: 'lambda.amazonaws.com',
      policies: ['service-role/AWSLambdaBasicExecutionRole', 'service-role/AWSLambdaVPCAccessExecutionRole'],
    },
  ),
  rightsAre('BeatServiceRole', 'it reads the password of the database, and nothing else', [
    'Allow secretsmanager:GetSecretValue secretsmanager:DescribeSecret on Secret',
  ]),
]

const ofFunction = (found: unknown): readonly unknown[] => [
  ...['Runtime', 'Timeout', 'Handler', 'FunctionName'].map((word) => at(found, word)),
  ...['DATABASE', 'READER', 'NODE_EXTRA_CA_CERTS'].map((word) => at(found, 'Environment', 'Variables', word)),
]
