import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb'
import { RemovalPolicy } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { BackupSettings } from '../settings.ts'
import { recoverDays } from './retention.ts'

/** Where the state of the app lies: who is signed in, and what each user prefers. */
export type Tables = { readonly sessions: Table; readonly preferences: Table }

export function tables(scope: Construct, settings: BackupSettings): Tables {
  const same = {
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: {
      pointInTimeRecoveryEnabled: true,
      recoveryPeriodInDays: recoverDays(settings),
    },
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  }
  return {
    sessions: new Table(scope, 'Sessions', {
      ...same,
      partitionKey: { name: 'id', type: AttributeType.STRING },
      // DynamoDB takes away what has ended by itself.
      timeToLiveAttribute: 'expires',
    }),
    preferences: new Table(scope, 'UserPreferences', {
      ...same,
      partitionKey: { name: 'user', type: AttributeType.STRING },
    }),
  }
}
