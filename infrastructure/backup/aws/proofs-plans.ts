import {
  BackupClient,
  type BackupSelection,
  GetBackupPlanCommand,
  GetBackupSelectionCommand,
  ListBackupSelectionsCommand,
} from '@aws-sdk/client-backup'
import type { ClientSettings } from '../../../src/targets/aws/deployed-stack.ts'
import { byOwnProvisioner, onEmulator, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { referred } from '../../../src/targets/aws/references.ts'
import { at, list, resourceOf } from '../../../src/targets/aws/template.ts'
import { type Rule, windowMinutes } from './retention.ts'

const type = 'AWS::Backup::BackupPlan'

/** A rule as the template and the API have it: they name the vault and the list differently. */
const inOrder = (rule: unknown, text: (value: unknown) => unknown): readonly unknown[] => [
  at(rule, 'ScheduleExpression'),
  at(rule, 'Lifecycle', 'DeleteAfterDays'),
  at(rule, 'EnableContinuousBackup') === true,
  at(rule, 'StartWindowMinutes'),
  at(rule, 'CompletionWindowMinutes'),
  text(at(rule, 'TargetBackupVault') ?? at(rule, 'TargetBackupVaultName')),
  list(at(rule, 'CopyActions')).map((one) => [
    at(one, 'DestinationBackupVaultArn'),
    at(one, 'Lifecycle', 'DeleteAfterDays'),
  ]),
]

const namedRule = (rules: unknown, name: string): unknown => list(rules).find((one) => at(one, 'RuleName') === name)

/** One rule: its hour, how long each backup is kept, and where its copy goes. */
function ruleProof(plan: string, rule: Rule, copies: string | undefined, proves: readonly string[]): RoomProof {
  const { name, cron, days, continuous } = rule
  const copied = copies === undefined || continuous ? [] : [[copies, days]]
  return onEmulator({
    type,
    says: continuous
      ? `what the database writes is kept for ${days} days, to come back to any second of them`
      : `the ${name} backup is made (${cron}), kept for ${days} days, and copied to the other region`,
    fact: `${name}: when, days, continuous, minutes to begin and to end, vault, copies`,
    proves: copied.length === 0 ? proves : [...proves, 'otherRegion'],
    is: [cron, days, continuous, windowMinutes, 480, 'Vault', copied],
    template: (template) =>
      inOrder(namedRule(at(resourceOf(template, plan), 'Properties', 'BackupPlan', 'BackupPlanRule'), name), referred),
    readBack: async ({ client, id, named }) => {
      const asked = new GetBackupPlanCommand({ BackupPlanId: id(plan) })
      const { BackupPlan: found } = await new BackupClient(client).send(asked)
      return inOrder(namedRule(found?.Rules, name), named)
    },
  })
}

const rulesOf = (plan: string, says: string, names: readonly string[]): RoomProof =>
  onEmulator({
    type,
    says,
    fact: `rules of ${plan}`,
    proves: [],
    is: names,
    template: (template) =>
      list(at(resourceOf(template, plan), 'Properties', 'BackupPlan', 'BackupPlanRule')).map((one) =>
        at(one, 'RuleName'),
      ),
    readBack: async ({ client, id }) => {
      const asked = new GetBackupPlanCommand({ BackupPlanId: id(plan) })
      return (await new BackupClient(client).send(asked)).BackupPlan?.Rules?.map(({ RuleName: name }) => name)
    },
  })

function selection(plan: string, says: string, resources: readonly string[], proves: readonly string[]): RoomProof {
  return byOwnProvisioner({
    type: 'AWS::Backup::BackupSelection',
    says,
    fact: `of what ${plan} makes backups`,
    proves,
    is: ['Role', resources],
    template: (template) => {
      const found = at(resourceOf(template, `${plan}Of`), 'Properties', 'BackupSelection')
      return [referred(at(found, 'IamRoleArn')), list(at(found, 'Resources')).map(referred)]
    },
    readBack: async ({ client, id, named }) => {
      const found = await selectionOf(client, id(plan), ({ isTagged }) => !isTagged)
      const nameOf = (arn: string): string => String(named(arn.replace(/^arn:aws:(s3:::|dynamodb:.*:table\/)/, '')))
      return [String(named(found?.IamRoleArn)).split('/').at(-1), found?.Resources?.map(nameOf)]
    },
  })
}

/** The one of a plan that chooses by a tag, or the one that names what it chooses. */
async function selectionOf(
  client: ClientSettings,
  BackupPlanId: string,
  isMeant: (one: { readonly isTagged: boolean }) => boolean,
): Promise<BackupSelection | undefined> {
  const backup = new BackupClient(client)
  const { BackupSelectionsList: all = [] } = await backup.send(new ListBackupSelectionsCommand({ BackupPlanId }))
  const meant = all.find(({ SelectionName: name = '' }) => isMeant({ isTagged: name.endsWith('-tagged') }))
  const asked = new GetBackupSelectionCommand({ BackupPlanId, SelectionId: meant?.SelectionId })
  return (await backup.send(asked)).BackupSelection
}

const taggedProof = (name: string): RoomProof =>
  byOwnProvisioner({
    type: 'AWS::Backup::BackupSelection',
    says: `whatever else carries the tag edge:backup = ${name} is backed up by the rules of the database`,
    fact: 'backed up by its tag',
    proves: [],
    is: ['Role', [], [['STRINGEQUALS', 'edge:backup', name]]],
    template: (template) => {
      const found = at(resourceOf(template, 'PlanTagged'), 'Properties', 'BackupSelection')
      return [referred(at(found, 'IamRoleArn')), list(at(found, 'Resources')), tagsIn(found)]
    },
    readBack: async ({ client, id, named }) => {
      const found = await selectionOf(client, id('Plan'), ({ isTagged }) => isTagged)
      return [String(named(found?.IamRoleArn)).split('/').at(-1), found?.Resources ?? [], tagsIn(found)]
    },
  })

const tagsIn = (selected: unknown): readonly unknown[] =>
  list(at(selected, 'ListOfTags')).map((one) =>
    ['ConditionType', 'ConditionKey', 'ConditionValue'].map((word) => at(one, word)),
  )

type Plans = {
  readonly name: string
  readonly database: readonly Rule[]
  readonly state: readonly Rule[]
  readonly copies: string | undefined
  /** The ARN of the primary. */
  readonly primary: string
}

/** What each rule keeps, by its name; the continuous one brings the database back to any second. */
const kept: Readonly<Record<string, readonly string[]>> = {
  daily: ['daily'],
  weekly: ['weekly'],
  monthly: ['monthly'],
  continuous: ['pointInTime', 'transactionLogs'],
  'state-daily': ['stateDaily'],
}

export const planProofs = ({ name: instance, database, state, copies, primary }: Plans): readonly RoomProof[] => [
  ...database.map((rule) => ruleProof('Plan', rule, copies, kept[rule.name] ?? [])),
  ...state.map((rule) => ruleProof('StatePlan', rule, copies, kept[rule.name] ?? [])),
  rulesOf(
    'Plan',
    'no rule of the database begins while another may: of two, AWS Backup would make one',
    database.map(({ name }) => name),
  ),
  rulesOf(
    'StatePlan',
    'the state has the one rule that it needs',
    state.map(({ name }) => name),
  ),
  selection(
    'Plan',
    'backups are made of the database and of the uploads, by the role that is meant for it',
    [primary, 'Uploads'],
    ['daily', 'weekly', 'monthly', 'pointInTime'],
  ),
  taggedProof(instance),
  selection('StatePlan', 'backups are made of both tables', ['Sessions', 'UserPreferences'], ['stateDaily']),
]
