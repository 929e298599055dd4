import { type DBInstance, DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds'
import type { TemplateContent } from '../../../src/targets/aws/assembly.ts'
import type { DeployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import { type Claim, onEmulator, onTemplate, byOwnProvisioner, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { referred } from '../../../src/targets/aws/references.ts'
import { at, list, resourceOf } from '../../../src/targets/aws/template.ts'
import type { DatabaseSettings } from '../settings.ts'
import { gibibytes } from '../../../src/core/units.ts'
import { instanceNames, planned } from './instances.ts'

const type = 'AWS::RDS::DBInstance'
type Which = 'Primary' | 'Replica'

const propertiesOf = (template: TemplateContent, which: Which): unknown => at(resourceOf(template, which), 'Properties')

async function instanceOf({ client, id }: DeployedStack, which: Which): Promise<DBInstance> {
  const asked = new DescribeDBInstancesCommand({ DBInstanceIdentifier: id(which) })
  const { DBInstances: [found] = [] } = await new RDSClient(client).send(asked)
  if (!found) throw new Error(`RDS knows no ${id(which)}`)
  return found
}

/** Properties of the template, which are texts in part, and what the API calls the same. */
type Names = readonly (readonly [template: string, api?: string])[]

/** Some properties of an instance, in the order in which they are named. */
function instance(which: Which, about: Pick<Claim, 'says' | 'is' | 'proves' | 'fact'>, asked: Names): Claim {
  return {
    ...about,
    type,
    template: (template) => asked.map(([name]) => comparable(referred(at(propertiesOf(template, which), name)))),
    readBack: async (deployed) => {
      const found = await instanceOf(deployed, which)
      return asked.map(([name, api = name]) => comparable(at(found, api)))
    },
  }
}

/** CloudFormation takes some numbers as texts, and days in any letters; the API answers numbers, and small letters. */
function comparable(value: unknown): unknown {
  if (typeof value !== 'string') return value
  return /^\d+$/.test(value) ? Number(value) : value.toLowerCase()
}

/** Where both stand, by which group, and with which parameters. */
function placed(which: Which): Claim {
  return {
    type,
    says: `the ${which.toLowerCase()} stands in the subnets of the stack, behind its security group alone, and is not public`,
    fact: `${which.toLowerCase()} stands`,
    proves: ['network'],
    is: ['Subnets', ['DatabaseGroup'], false],
    template: (template) =>
      [['DBSubnetGroupName'], ['VPCSecurityGroups'], ['PubliclyAccessible']].map(([name = '']) =>
        referred(at(propertiesOf(template, which), name)),
      ),
    readBack: async (deployed) => {
      const found = await instanceOf(deployed, which)
      const groups = list(found.VpcSecurityGroups).map((one) => deployed.named(at(one, 'VpcSecurityGroupId')))
      return [deployed.named(found.DBSubnetGroup?.DBSubnetGroupName), groups, found.PubliclyAccessible]
    },
  }
}

const parametersOf = (which: Which): Claim => ({
  type,
  says: `the ${which.toLowerCase()} has the parameters of the configuration`,
  fact: `group of the ${which.toLowerCase()}`,
  proves: ['parameters'],
  is: 'Parameters',
  template: (template) => referred(at(propertiesOf(template, which), 'DBParameterGroupName')),
  readBack: async (deployed) => {
    const { DBParameterGroups: [group] = [] } = await instanceOf(deployed, which)
    return deployed.named(group?.DBParameterGroupName)
  },
})

const insights = (which: Which): readonly RoomProof[] => [
  onEmulator(
    instance(
      which,
      {
        says: `the statements that cost the time on the ${which.toLowerCase()} can be seen (performance insights)`,
        fact: `insights on the ${which.toLowerCase()}`,
        proves: ['insights'],
        is: [true],
      },
      [['EnablePerformanceInsights', 'PerformanceInsightsEnabled']],
    ),
  ),
  onTemplate(
    instance(
      which,
      {
        says: `they are kept for seven days, in the mode that costs nothing, on the ${which.toLowerCase()}`,
        fact: `days and mode on the ${which.toLowerCase()}`,
        proves: ['insights'],
        is: [7, 'standard'],
      },
      [['PerformanceInsightsRetentionPeriod'], ['DatabaseInsightsMode']],
    ),
    'the emulator’s CloudFormation drops both, and its API says seven days of each',
    [7, undefined],
  ),
]

const logs = (which: Which): Claim =>
  instance(
    which,
    {
      says: `the log of the ${which.toLowerCase()} goes to CloudWatch`,
      fact: `logs of the ${which.toLowerCase()}`,
      proves: ['monitoring'],
      is: [['postgresql', 'upgrade']],
    },
    [['EnableCloudwatchLogsExports', 'EnabledCloudwatchLogsExports']],
  )

const policy = (which: Which, says: string, name: 'DeletionPolicy' | 'UpdateReplacePolicy', is: string): RoomProof => ({
  type,
  says,
  fact: name,
  proves: [],
  is,
  template: (template) => at(resourceOf(template, which), name),
  by: 'template',
  because: 'CloudFormation looks at it only when it deletes or replaces the instance',
})

/** Both have a name of their own: CloudFormation makes no second one of a name, so it replaces neither in passing. */
const names = (which: Which, name: string): Claim =>
  instance(
    which,
    {
      says: `the ${which.toLowerCase()} has a name of its own, under which nothing takes its place in passing`,
      fact: `name of the ${which.toLowerCase()}`,
      proves: [],
      is: [name],
    },
    [['DBInstanceIdentifier']],
  )

/** How clients of the instance itself sign in, and whom they trust. */
const signIn = (which: Which): Claim =>
  instance(
    which,
    {
      says: `who may sign in to the ${which.toLowerCase()} by IAM needs no password; its certificate is of the authority that clients are given`,
      fact: `IAM authentication and authority of the ${which.toLowerCase()}`,
      proves: ['encryptedConnections'],
      is: [true, 'rds-ca-rsa2048-g1'],
    },
    [['EnableIAMDatabaseAuthentication', 'IAMDatabaseAuthenticationEnabled'], ['CACertificateIdentifier']],
  )

const upkeep = (which: Which): Claim =>
  instance(
    which,
    {
      says: `minor versions come to the ${which.toLowerCase()} by themselves, in an hour beside those of the backups`,
      fact: `hour of maintenance of the ${which.toLowerCase()}`,
      proves: [],
      is: [true, 'tue:09:00-tue:10:00'],
    },
    [['AutoMinorVersionUpgrade'], ['PreferredMaintenanceWindow']],
  )

const measuring = (which: Which): Claim => ({
  type,
  says: `the machine of the ${which.toLowerCase()} is measured each minute, by the role that is meant for it`,
  fact: `seconds between two measurements of the ${which.toLowerCase()}`,
  proves: ['monitoring'],
  is: [60, 'MonitoringRole'],
  template: (template) => {
    const found = propertiesOf(template, which)
    return [at(found, 'MonitoringInterval'), referred(at(found, 'MonitoringRoleArn'))]
  },
  readBack: async (deployed) => {
    const found = await instanceOf(deployed, which)
    return [found.MonitoringInterval, String(deployed.named(found.MonitoringRoleArn)).split('/').at(-1)]
  },
})

/** `recoverDays`: how far back the database can be brought to any second. */
export const instanceProofs = (
  name: string,
  recoverDays: number,
  rds: DatabaseSettings['rds'],
): readonly RoomProof[] => [
  onEmulator({
    type,
    says: 'the primary is of the class that the load was planned for, with the major version that one machine has, too',
    fact: 'class of the primary',
    proves: ['instanceClass'],
    is: [rds.class, 'postgres', '15', planned.database, planned.user],
    template: (template) => primaryIs(propertiesOf(template, 'Primary')),
    readBack: async (deployed) => primaryIs(await instanceOf(deployed, 'Primary')),
  }),
  byOwnProvisioner(
    instance(
      'Replica',
      {
        says: 'the replica is of the same class',
        fact: 'class of the replica',
        proves: ['instanceClass', 'readReplica'],
        is: [rds.class],
      },
      [['DBInstanceClass']],
    ),
  ),
  onEmulator({
    type,
    says: `storage is gp3, of ${gibibytes(rds.storage)} GB at the least, and grows by itself to ${gibibytes(rds.growsTo)} GB`,
    fact: `storage: type, ${gibibytes(rds.storage)} GB at least, GB at most`,
    proves: ['storage'],
    is: ['gp3', true, gibibytes(rds.growsTo)],
    template: (template) => storageIs(propertiesOf(template, 'Primary'), rds),
    readBack: async (deployed) => storageIs(await instanceOf(deployed, 'Primary'), rds),
  }),
  {
    type,
    says: `storage begins with ${gibibytes(rds.storage)} GB; below 400 GB RDS takes no IOPS and no throughput, and none are told`,
    fact: 'GB at the beginning, IOPS, throughput',
    proves: [],
    is: [String(gibibytes(rds.storage)), undefined, undefined],
    template: (template) =>
      ['AllocatedStorage', 'Iops', 'StorageThroughput'].map((one) => at(propertiesOf(template, 'Primary'), one)),
    by: 'template',
    because: 'storage that has grown has another size, and RDS answers the IOPS that each gp3 has',
  },
  byOwnProvisioner(
    instance(
      'Replica',
      {
        says: 'the replica’s storage is of the same kind, and grows as far',
        fact: 'storage of the replica',
        proves: ['storage'],
        is: ['gp3', gibibytes(rds.growsTo)],
      },
      [['StorageType'], ['MaxAllocatedStorage']],
    ),
  ),
  onEmulator(
    instance(
      'Primary',
      {
        says: 'a standby in another zone has every write, and takes over by itself (Multi-AZ)',
        fact: 'Multi-AZ',
        proves: ['standby', 'survivesMachineLoss'],
        is: [true],
      },
      [['MultiAZ']],
    ),
  ),
  byOwnProvisioner({
    type,
    says: 'a replica of the primary answers reads',
    fact: 'the replica is of',
    proves: ['readReplica'],
    is: 'Primary',
    template: (template) =>
      String(referred(at(propertiesOf(template, 'Replica'), 'SourceDBInstanceIdentifier')))
        .split(':')
        .at(-1),
    readBack: async (deployed) =>
      deployed.named((await instanceOf(deployed, 'Replica')).ReadReplicaSourceDBInstanceIdentifier),
  }),
  onEmulator(placed('Primary')),
  byOwnProvisioner(placed('Replica')),
  onEmulator(parametersOf('Primary')),
  byOwnProvisioner(parametersOf('Replica')),
  onEmulator(names('Primary', instanceNames(name).primary)),
  byOwnProvisioner(names('Replica', instanceNames(name).replica)),
  onEmulator(measuring('Primary')),
  byOwnProvisioner(measuring('Replica')),
  onEmulator(upkeep('Primary')),
  byOwnProvisioner(upkeep('Replica')),
  ...insights('Primary'),
  ...insights('Replica'),
  onTemplate(logs('Primary'), 'the emulator’s CloudFormation drops it', [[]]),
  onTemplate(logs('Replica'), 'the emulator’s CloudFormation drops it', [[]]),
  onEmulator(
    instance(
      'Primary',
      {
        says: 'nobody deletes the primary by mistake; its data and its snapshots are encrypted',
        fact: 'deletion protection, encryption',
        proves: [],
        is: [true, true, true],
      },
      [['DeletionProtection'], ['StorageEncrypted'], ['CopyTagsToSnapshot']],
    ),
  ),
  onEmulator(signIn('Primary')),
  byOwnProvisioner(signIn('Replica')),
  onEmulator(
    instance(
      'Primary',
      {
        says: 'backups by the clock are kept for the days of AWS Backup’s continuous rule',
        fact: 'days of automated backups',
        proves: [],
        is: [recoverDays],
      },
      [['BackupRetentionPeriod']],
    ),
  ),
  {
    type,
    says: 'the hour of the backups and the password are left to AWS Backup and to the stack’s own secret: RDS refuses a password of its own beside a replica of PostgreSQL',
    fact: 'what others own',
    proves: [],
    is: [undefined, undefined, 'Secret'],
    template: (template) => {
      const primary = propertiesOf(template, 'Primary')
      const password = String(referred(at(primary, 'MasterUserPassword')))
      return [
        at(primary, 'PreferredBackupWindow'),
        at(primary, 'ManageMasterUserPassword'),
        /^\{\{resolve:secretsmanager:(\w+):SecretString:password::\}\}$/.exec(password)?.[1],
      ]
    },
    by: 'template',
    because: 'RDS chooses an hour where none is given, and answers no password',
  },
  {
    type,
    says: 'what brings the primary back to any second stays for its days when the primary is deleted, by whomever',
    fact: 'automated backups go with the primary',
    proves: [],
    is: false,
    template: (template) => at(propertiesOf(template, 'Primary'), 'DeleteAutomatedBackups'),
    by: 'template',
    because: 'it is said when the instance is deleted, and RDS answers it of none',
  },
  policy('Primary', 'a last snapshot is taken when the stack is deleted', 'DeletionPolicy', 'Snapshot'),
  policy(
    'Primary',
    'a last snapshot is taken when another instance takes its place',
    'UpdateReplacePolicy',
    'Snapshot',
  ),
  policy('Replica', 'the replica goes with the stack: it has nothing of its own', 'DeletionPolicy', 'Delete'),
]

/** RDS answers the whole version, of which the minor part comes by itself. */
const primaryIs = (found: unknown): readonly unknown[] => [
  at(found, 'DBInstanceClass'),
  at(found, 'Engine'),
  String(at(found, 'EngineVersion')).split('.')[0],
  at(found, 'DBName'),
  at(found, 'MasterUsername'),
]

/** What has grown since is no less than what was planned. */
const storageIs = (found: unknown, { storage }: DatabaseSettings['rds']): readonly unknown[] => [
  at(found, 'StorageType'),
  Number(at(found, 'AllocatedStorage')) >= gibibytes(storage),
  Number(at(found, 'MaxAllocatedStorage')),
]
