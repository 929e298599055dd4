import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { onEmulator, type RoomProof } from './proof.ts'
import { referred } from './references.ts'
import { rightsAre, roleIs } from './role-proof.ts'
import { permissionsIn } from './rule-proof.ts'
import { at, resourceOf } from './template.ts'
import { regionOf, webhookCode } from './webhook.ts'

/** From the topics, by right and function, to the secret with the address; nothing where no webhook is configured. */
export const webhookProofs = (name: string, secret: string | undefined): readonly RoomProof[] =>
  secret === undefined
    ? []
    : [
        onEmulator({
          type: 'AWS::Lambda::Function',
          says: 'letters go on to the webhook whose address is in the configured secret, by the program of webhook.ts',
          fact: 'webhook: runtime, seconds',
          proves: [],
          is: ['nodejs24.x', 60, 'index.handler', `${name}-webhook`, secret, regionOf(secret), 'WebhookServiceRole'],
          template: (template) => lambda(at(resourceOf(template, 'Webhook'), 'Properties'), referred),
          readBack: async ({ client, id, named }) => {
            const asked = new GetFunctionCommand({ FunctionName: id('Webhook') })
            return lambda((await new LambdaClient(client).send(asked)).Configuration, (role) =>
              String(named(role)).split('/').at(-1),
            )
          },
        }),
        {
          type: 'AWS::Lambda::Function',
          says: 'the code that passes letters on is what is made of the file',
          fact: 'code that passes letters on',
          proves: [],
          is: webhookCode(),
          template: (template) => at(resourceOf(template, 'Webhook'), 'Properties', 'Code', 'ZipFile'),
          by: 'template',
          because: 'the API answers an address of an archive; a test runs the same code against a webhook',
        },
        {
          type: 'AWS::Lambda::Permission',
          says: 'SNS may call what passes letters on, for the two topics alone',
          fact: 'who may call what passes letters on',
          proves: [],
          is: [
            ['lambda:InvokeFunction', 'Webhook', 'sns.amazonaws.com', 'Critical'],
            ['lambda:InvokeFunction', 'Webhook', 'sns.amazonaws.com', 'Warning'],
          ],
          template: (template) => permissionsIn(template).filter(([, of]) => of === 'Webhook'),
          by: 'template',
          because: 'an emulator asks nobody for rights',
        },
        roleIs('WebhookServiceRole', 'what passes letters on has a role of its own, which may write its log', {
          service: 'lambda.amazonaws.com',
          policies: ['service-role/AWSLambdaBasicExecutionRole'],
        }),
        rightsAre('WebhookServiceRole', 'it reads that secret, and no other', [
          `Allow secretsmanager:GetSecretValue on ${secret}`,
        ]),
      ]

const lambda = (found: unknown, roleOf: (role: unknown) => unknown): readonly unknown[] => [
  ...['Runtime', 'Timeout', 'Handler', 'FunctionName'].map((word) => at(found, word)),
  ...['SECRET', 'SECRET_REGION'].map((word) => at(found, 'Environment', 'Variables', word)),
  roleOf(at(found, 'Role')),
]
