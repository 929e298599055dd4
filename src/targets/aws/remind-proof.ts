import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import type { Duration } from '../../core/units.ts'
import { onEmulator, type RoomProof } from './proof.ts'
import { referred } from './references.ts'
import { looksEvery, remindCode } from './reminders.ts'
import { rightsAre, roleIs } from './role-proof.ts'
import { calledIn, clockIn, clockOf, permissionsIn } from './rule-proof.ts'
import { at, resourceOf } from './template.ts'

const schedule = `rate(${looksEvery.minutes} minutes)`

/** From the clock, by rule, right and function, to the topics. `alarms`: as the function reads them. */
export const remindProofs = (
  name: string,
  { instance, alarms, every }: { readonly instance: string; readonly alarms: string; readonly every: Duration },
): readonly RoomProof[] => [
  onEmulator({
    type: 'AWS::Lambda::Function',
    says: 'what still rings is told again, by the program of remind.ts, which knows every alarm and both topics',
    fact: 'reminds: runtime, seconds',
    proves: [],
    is: [
      'nodejs24.x',
      60,
      'index.handler',
      `${name}-reminders`,
      instance,
      alarms,
      String(every.milliseconds),
      'Critical',
      'Warning',
      'RemindServiceRole',
    ],
    template: (template) => lambda(at(resourceOf(template, 'Remind'), 'Properties'), referred, referred),
    readBack: async ({ client, id, named }) => {
      const asked = new GetFunctionCommand({ FunctionName: id('Remind') })
      const found = (await new LambdaClient(client).send(asked)).Configuration
      return lambda(found, named, (role) => String(named(role)).split('/').at(-1))
    },
  }),
  {
    type: 'AWS::Lambda::Function',
    says: 'the code that reminds is what is made of the file',
    fact: 'code that reminds',
    proves: [],
    is: remindCode(),
    template: (template) => at(resourceOf(template, 'Remind'), 'Properties', 'Code', 'ZipFile'),
    by: 'template',
    because: 'the API answers an address of an archive; a test runs the same code against the emulator',
  },
  onEmulator({
    type: 'AWS::Events::Rule',
    says: 'it looks each quarter of an hour',
    fact: 'reminds by the clock',
    proves: [],
    is: [`${name}-remind-every`, 'ENABLED', schedule, 1],
    template: (template) => clockIn(template, 'RemindEvery'),
    readBack: (deployed) => clockOf(deployed, 'RemindEvery'),
  }),
  {
    type: 'AWS::Events::Rule',
    says: 'what the clock calls is that function',
    fact: 'whom the clock calls',
    proves: [],
    is: ['Remind'],
    template: (template) => calledIn(template, 'RemindEvery'),
    by: 'template',
    because: 'that it is enabled, and when it calls, is read back',
  },
  {
    type: 'AWS::Lambda::Permission',
    says: 'EventBridge may call what reminds, for that rule alone',
    fact: 'who may call what reminds',
    proves: [],
    is: [['lambda:InvokeFunction', 'Remind', 'events.amazonaws.com', 'RemindEvery']],
    template: (template) => permissionsIn(template).filter(([, of]) => of === 'Remind'),
    by: 'template',
    because: 'an emulator asks nobody for rights',
  },
  roleIs('RemindServiceRole', 'what reminds has a role of its own, which may write its log', {
    service: 'lambda.amazonaws.com',
    policies: ['service-role/AWSLambdaBasicExecutionRole'],
  }),
  rightsAre('RemindServiceRole', 'it reads the state of alarms, and publishes to these two topics alone', [
    'Allow cloudwatch:DescribeAlarms on *',
    'Allow sns:Publish on Critical Warning',
  ]),
]

const lambda = (
  found: unknown,
  text: (value: unknown) => unknown,
  roleOf: (role: unknown) => unknown,
): readonly unknown[] => [
  ...['Runtime', 'Timeout', 'Handler', 'FunctionName'].map((word) => at(found, word)),
  ...['INSTANCE', 'ALARMS', 'REMIND_EVERY_MS'].map((word) => at(found, 'Environment', 'Variables', word)),
  ...['CRITICAL_TOPIC', 'WARNING_TOPIC'].map((word) => text(at(found, 'Environment', 'Variables', word))),
  roleOf(at(found, 'Role')),
]
