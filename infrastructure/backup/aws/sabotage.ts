import { change, type Edit, set } from '../../../test/template-edit.ts'
import { list } from '../../../src/targets/aws/template.ts'

const of = (resource: string, path: string, to: unknown): Edit => set(resource, `Properties.${path}`, to)
const rule = (index: number, path: string, to: unknown): Edit =>
  of('Plan', `BackupPlan.BackupPlanRule.${index}.${path}`, to)
const gone = undefined

/** What a hand or a change of the code could do to the stack: each breaks something that is promised. */
export const sabotages: readonly (readonly [words: string, edit: Edit])[] = [
  ['monthly backups are kept for a month', rule(0, 'Lifecycle.DeleteAfterDays', 30)],
  ['weekly backups begin while the monthly may', rule(1, 'ScheduleExpression', 'cron(30 1 ? * SUN *)')],
  ['daily backups are made once a week', rule(2, 'ScheduleExpression', 'cron(0 3 ? * MON *)')],
  ['nothing is continuous', rule(3, 'EnableContinuousBackup', false)],
  ['daily backups are copied nowhere', rule(2, 'CopyActions', gone)],
  [
    'there is no daily rule',
    change('Plan', 'Properties.BackupPlan.BackupPlanRule', (was) => list(was).toSpliced(2, 1)),
  ],
  ['backups go into another vault', rule(2, 'TargetBackupVault', 'Default')],
  [
    'the database is not backed up',
    change('PlanOf', 'Properties.BackupSelection.Resources', (was) => list(was).slice(1)),
  ],
  ['the state is not backed up', of('StatePlanOf', 'BackupSelection.Resources', [])],
  [
    'what carries the tag of another instance is backed up',
    of('PlanTagged', 'BackupSelection.ListOfTags.0.ConditionValue', 'other'),
  ],
  ['what carries the tag is backed up by nobody', of('PlanTagged', 'BackupSelection.ListOfTags', gone)],
  ['backups can be deleted at once', of('Vault', 'LockConfiguration', gone)],
  ['nobody can ever lift the lock', of('Vault', 'LockConfiguration.ChangeableForDays', 3)],
  ['backups have the key of all others', of('Vault', 'EncryptionKeyArn', gone)],
  ['the vault goes with the stack', set('Vault', 'DeletionPolicy', 'Delete')],
  ['the role goes with the stack, which what stays needs', set('Role', 'DeletionPolicy', 'Delete')],
  ['the key goes with the stack', set('Key', 'DeletionPolicy', 'Delete')],
  ['earlier versions of files are lost', of('Uploads', 'VersioningConfiguration', gone)],
  [
    'files that are served are deleted by their age',
    of('Uploads', 'LifecycleConfiguration.Rules.0.ExpirationInDays', 365),
  ],
  [
    'earlier versions go to the archive at once',
    of('Uploads', 'LifecycleConfiguration.Rules.0.NoncurrentVersionTransitions.1.TransitionInDays', 31),
  ],
  [
    'earlier versions are kept for ever',
    of('Uploads', 'LifecycleConfiguration.Rules.0.NoncurrentVersionExpiration', gone),
  ],
  ['uploads may be opened to the public', of('Uploads', 'PublicAccessBlockConfiguration.BlockPublicPolicy', false)],
  ['uploads are copied nowhere', of('Uploads', 'ReplicationConfiguration', gone)],
  [
    'what is deleted here is hidden nowhere else',
    of('Uploads', 'ReplicationConfiguration.Rules.0.DeleteMarkerReplication.Status', 'Disabled'),
  ],
  ['nobody hears of changes of files', of('Uploads', 'NotificationConfiguration', gone)],
  [
    'sessions cannot be brought back',
    of('Sessions', 'PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled', false),
  ],
  ['preferences may be deleted by mistake', of('UserPreferences', 'DeletionProtectionEnabled', false)],
  ['nothing is restored for a test', of('RestoreTest', 'ScheduleExpression', 'cron(0 6 1 1 ? *)')],
  [
    'the test restores yesterday’s backup again and again',
    of('RestoreTest', 'RecoveryPointSelection.Algorithm', 'RANDOM_WITHIN_WINDOW'),
  ],
  [
    'a restored database is open to the public',
    of('RestoreTestDatabase', 'RestoreMetadataOverrides.publiclyAccessible', 'true'),
  ],
  ['the test restores no tables', of('RestoreTestTables', 'ProtectedResourceArns', [])],
  [
    'what looks into restored data says that all is good',
    of('Validate', 'Code.ZipFile', 'exports.handler = () => ({ good: true })'),
  ],
  ['what reads a database says nothing of it', of('ReadDatabase', 'Code.ZipFile', 'exports.handler = () => ({})')],
  ['what looks into restored data is not called', of('Restored', 'State', 'DISABLED')],
  ['nobody hears of a backup that was made', of('BackupMade', 'State', 'DISABLED')],
  ['backups of other vaults count, too', of('BackupMade', 'EventPattern.detail.backupVaultName', gone)],
  ['nobody looks whether a backup was made', of('BackupLookedFor', 'ScheduleExpression', 'rate(5 days)')],
  ['the age of the tables’ backups is nobody’s matter', of('Figures', 'Environment.Variables.RESOURCES', 'none')],
  ['each backup is said to take no time', of('Figures', 'Code.ZipFile', 'exports.handler = () => ({})')],
  ['figures go where no alarm looks', of('Figures', 'Environment.Variables.NAMESPACE', 'edge')],
  [
    'it may put no figures',
    of('FiguresServiceRoleDefaultPolicy', 'PolicyDocument.Statement.1.Condition.StringEquals', {
      'cloudwatch:namespace': 'edge',
    }),
  ],
  [
    'a backup that fails in another vault rings',
    of('monitoringbackupFailed', 'Metrics.1.MetricStat.Metric.Dimensions.0.Value', 'Default'),
  ],
  [
    'a backup that did not begin rings nowhere',
    change('monitoringbackupFailed', 'Properties.Metrics.0.Expression', (was) =>
      String(was).replace('numberOfBackupJobsExpired + ', ''),
    ),
  ],
  ['a failed backup is over when none is made', of('monitoringbackupFailed', 'TreatMissingData', 'notBreaching')],
  ['a letter does not say how to look', of('monitoringbackupFailed', 'AlarmDescription', 'A backup failed.')],
  ['a backup that shrinks hides behind the others', of('monitoringbackupSizebelow', 'Statistic', 'Maximum')],
  ['nobody hears of a backup that takes long', of('CallsWarning', 'AlarmActions', [])],
  ['it may read every table', of('ValidateServiceRoleDefaultPolicy', 'PolicyDocument.Statement.4.Resource', '*')],
  [
    'who looks into a restored database is let in by the live password alone',
    of('RestoreTestDatabase', 'RestoreMetadataOverrides.enableIamDatabaseAuthentication', gone),
  ],
  [
    'the database comes back as it was in the night',
    of('RestoreTestMoment', 'RecoveryPointSelection.RecoveryPointTypes', ['SNAPSHOT']),
  ],
  ['what reads a database stands where it reaches none', of('ReadDatabase', 'VpcConfig', gone)],
  [
    'it may sign in as anybody',
    of(
      'ReadDatabaseServiceRoleDefaultPolicy',
      'PolicyDocument.Statement.0.Resource',
      'arn:aws:rds-db:us-east-1:000000000000:dbuser:*/*',
    ),
  ],
  [
    'it may sign in to databases of other regions',
    of(
      'ReadDatabaseServiceRoleDefaultPolicy',
      'PolicyDocument.Statement.0.Resource',
      'arn:aws:rds-db:*:*:dbuser:*/edge_reader',
    ),
  ],
  ['nobody notes what the live data holds', of('BeforeBackups', 'State', 'DISABLED')],
  ['nobody notes what a table held after its backup', of('TableBackedUp', 'State', 'DISABLED')],
  ['copies are compared with another table', of('Validate', 'Environment.Variables.NOTES', 'other')],
  [
    'what looks into restored data may say nothing of it',
    of('ValidateServiceRoleDefaultPolicy', 'PolicyDocument.Statement.1.Condition.StringEquals', {
      'events:source': 'edge',
    }),
  ],
]
