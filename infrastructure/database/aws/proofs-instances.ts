import { type DBInstance, DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds'
import type { TemplateContent } from '../../../src/targets/aws/assembly.ts'
import type { DeployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import { type Claim, onEmulator, onTemplate, byOwnProvisioner, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { referred } from '../../../src/targets/aws/references.ts'
import { at, list, resourceOf } from '../../../src/targets/aws/template.ts'

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
function instance(which: Which, about: Pick<Claim, 'says' | 'is' | 'proves' | 'fact'>, names: Names): Claim {
  return {
    ...about,
    type,
    template: (template) => names.map(([name]) => asNumber(referred(at(propertiesOf(template, which), name)))),
    readBack: async (deployed) => {
      const found = await instanceOf(deployed, which)
      return names.map(([name, api = name]) => deployed.named(at(found, api)))
    },
  }
}

/** CloudFormation takes some numbers as texts; the API answers them as numbers. */
const asNumber = (value: unknown): unknown => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value)

/** Where both stand, by which group, and with which parameters. */
function standing(which: Which): Claim {
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
    'the emulator’s CloudFormation drops both',
    [undefined, undefined],
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

/** `recoverDays`: how far back the database can be brought to any second. */
export const instanceProofs = (recoverDays: number): readonly RoomProof[] => [
  onEmulator(
    instance(
      'Primary',
      {
        says: 'the primary is of the class that the load was planned for',
        fact: 'class of the primary',
        proves: ['instanceClass'],
        is: ['db.r5.xlarge', 'postgres', 15],
      },
      [['DBInstanceClass'], ['Engine'], ['EngineVersion']],
    ),
  ),
  byOwnProvisioner(
    instance(
      'Replica',
      {
        says: 'the replica is of the same class',
        fact: 'class of the replica',
        proves: ['instanceClass', 'readReplica'],
        is: ['db.r5.xlarge'],
      },
      [['DBInstanceClass']],
    ),
  ),
  onEmulator(
    instance(
      'Primary',
      {
        says: 'storage is gp3 of 100 GB and grows by itself to 1000 GB; below 400 GB RDS takes no IOPS and no throughput',
        fact: 'storage: type, GB, GB at most, IOPS, throughput',
        proves: ['storage'],
        is: ['gp3', 100, 1000, undefined, undefined],
      },
      [['StorageType'], ['AllocatedStorage'], ['MaxAllocatedStorage'], ['Iops'], ['StorageThroughput']],
    ),
  ),
  byOwnProvisioner(
    instance(
      'Replica',
      {
        says: 'the replica’s storage is of the same kind, and grows as far',
        fact: 'storage of the replica',
        proves: ['storage'],
        is: ['gp3', 1000],
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
  onEmulator(standing('Primary')),
  byOwnProvisioner(standing('Replica')),
  onEmulator(parametersOf('Primary')),
  byOwnProvisioner(parametersOf('Replica')),
  onEmulator(
    instance(
      'Primary',
      {
        says: 'the machine of the primary is measured each minute',
        fact: 'seconds between two measurements, primary',
        proves: ['monitoring'],
        is: [60],
      },
      [['MonitoringInterval']],
    ),
  ),
  byOwnProvisioner(
    instance(
      'Replica',
      {
        says: 'the machine of the replica is measured each minute',
        fact: 'seconds between two measurements, replica',
        proves: ['monitoring'],
        is: [60],
      },
      [['MonitoringInterval']],
    ),
  ),
  ...insights('Primary'),
  ...insights('Replica'),
  onTemplate(logs('Primary'), 'the emulator’s CloudFormation drops it', [undefined]),
  onTemplate(logs('Replica'), 'the emulator’s CloudFormation drops it', [undefined]),
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
  onEmulator(
    instance(
      'Primary',
      {
        says: 'who may sign in by IAM needs no password; the certificate is of the authority that clients are given',
        fact: 'IAM authentication, authority',
        proves: ['encryptedConnections'],
        is: [true, 'rds-ca-rsa2048-g1'],
      },
      [['EnableIAMDatabaseAuthentication', 'IAMDatabaseAuthenticationEnabled'], ['CACertificateIdentifier']],
    ),
  ),
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
  policy('Primary', 'a last snapshot is taken when the stack is deleted', 'DeletionPolicy', 'Snapshot'),
  policy(
    'Primary',
    'a last snapshot is taken when another instance takes its place',
    'UpdateReplacePolicy',
    'Snapshot',
  ),
  policy('Replica', 'the replica goes with the stack: it has nothing of its own', 'DeletionPolicy', 'Delete'),
]
