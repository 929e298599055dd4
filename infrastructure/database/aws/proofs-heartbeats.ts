import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { onEmulator, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { at, resourceOf } from '../../../src/targets/aws/template.ts'

const type = 'AWS::DynamoDB::Table'
const described = ['KeySchema', 'AttributeDefinitions'] as const

export const heartbeatProofs: readonly RoomProof[] = [
  onEmulator({
    type,
    says: 'the newest acknowledged heartbeat is noted in a table of its own, found by its id, which costs by what is asked',
    fact: 'note of the newest acknowledged heartbeat',
    proves: ['noLostWrites'],
    is: [[{ AttributeName: 'id', KeyType: 'HASH' }], [{ AttributeName: 'id', AttributeType: 'S' }], 'PAY_PER_REQUEST'],
    template: (template) => {
      const found = at(resourceOf(template, 'Heartbeats'), 'Properties')
      return [...described.map((name) => at(found, name)), at(found, 'BillingMode')]
    },
    readBack: async ({ client, id }) => {
      const asked = new DescribeTableCommand({ TableName: id('Heartbeats') })
      const { Table: found } = await new DynamoDBClient(client).send(asked)
      return [...described.map((name) => found?.[name]), found?.BillingModeSummary?.BillingMode]
    },
  }),
  {
    type,
    says: 'the note goes with the database that it counts: the next one begins at its own first heartbeat',
    fact: 'what becomes of the note',
    proves: [],
    is: ['Delete', 'Delete'],
    template: (template) =>
      ['DeletionPolicy', 'UpdateReplacePolicy'].map((one) => at(resourceOf(template, 'Heartbeats'), one)),
    by: 'template',
    because: 'CloudFormation looks at it only when it deletes or replaces the table',
  },
]
