/** What was done with stacks on the emulator, as an operator does it, and the test that shows it. */
export type Behaviour = {
  readonly says: string
  readonly file: string
  /** The beginning of the test's name. */
  readonly test: string
  /** What of it the emulator does not do by itself, and the tests' launcher does as AWS is documented to. */
  readonly launcher?: string
}

const story = 'test/aws-database.emulator.test.ts'
const long = 'test/aws-database.long.test.ts'

export const behaviours: readonly Behaviour[] = [
  {
    says: 'the database is deployed beside the CDN, from one configuration, and both are verified',
    file: story,
    test: 'is verified with the site',
  },
  {
    says: 'another class, more storage and other parameters are planned name by name',
    file: story,
    test: 'is shown by the plan',
  },
  {
    says: 'they are changed in place; a parameter that PostgreSQL reads at its start waits for a restart, which is said',
    file: story,
    test: 'is made in place',
    launcher: 'which parameters wait, by PostgreSQL 15’s own list',
  },
  {
    says: 'after the restart nothing is left to deploy, and a second deployment changes nothing',
    file: story,
    test: 'is in force after the restart',
    launcher: 'that a restart applies them',
  },
  {
    says: 'what a hand changed of a security group, a parameter, the protection, the days of backups and the standby is found and put back',
    file: story,
    test: 'is found property by property',
    launcher: 'the comparison of these types, and the change set that puts back',
  },
  {
    says: 'a pool that a hand led to a promoted replica is led back by no deployment, and verify names the page that says how to go on',
    file: story,
    test: 'is not led back by a deployment',
  },
  {
    says: 'a change that RDS refuses is rolled back, and told: the resource, the reason, what stands, what comes next',
    file: long,
    test: 'is rolled back and told',
    launcher: 'that RDS knows no such parameter',
  },
  {
    says: 'what was changed before it is put back, too',
    file: long,
    test: 'takes with it what was changed before it',
    launcher: 'that RDS has no such class',
  },
  {
    says: 'a VPC, a security group, a class or a smaller storage that RDS would refuse is refused before the deployment',
    file: long,
    test: 'is looked at before: ',
  },
  {
    says: 'so are subnets of another VPC or of one zone, and a security group of another network, before a first deployment; and a database that would move to another network',
    file: long,
    test: 'is looked at before a first deployment',
  },
  {
    says: 'a session that ended, a region that is none, and a region in which nothing is are named, with the next step',
    file: long,
    test: 'is who asks, and where',
  },
  {
    says: 'storage that has grown by itself is no change by hand, and what it stands in the way of is said, with the way out',
    file: long,
    test: 'is no change by hand',
    launcher: 'that RDS makes no storage smaller',
  },
  {
    says: 'a replica that a hand deleted is found, its promises are broken, and a deployment makes it again',
    file: long,
    test: 'is found, its promises are broken',
    launcher: 'that the change set which puts back makes it again',
  },
  {
    says: 'a change that replaces the database is refused with the property that causes it, unless it is named',
    file: long,
    test: 'is refused with the property',
  },
  {
    says: 'a change that deletes one is refused, and what is not named is left as it is',
    file: long,
    test: 'is refused where it is in the configuration no more',
  },
  {
    says: 'a first deployment that fails leaves what RDS protects; the commands that are printed lead to one that is whole',
    file: long,
    test: 'leaves what RDS protects',
    launcher: 'that RDS refuses to delete it, and that the stack keeps it',
  },
  {
    says: 'the end is asked for, refused while the database is protected, and leaves a last snapshot',
    file: long,
    test: 'is asked for, refused while it is protected',
  },
]

/** What no emulator shows of a database on AWS, and what is left to say of it. */
export const unseen: readonly (readonly [what: string, instead: string])[] = [
  ['PostgreSQL itself: no parameter is in force anywhere, no write is replicated', 'the same checks by SQL on AWS'],
  ['how long a change of the class or a failover takes the database away', 'RDS documents one to two minutes'],
  ['that RDS takes each value of a parameter', 'RDS says so in the middle; the change is rolled back then'],
  [
    'what a subnet group or a security group in use keeps from being deleted when a first creation is rolled back',
    'the way out is the same: lift the protection, destroy, deploy',
  ],
  ['rights: an emulator asks nobody', 'the template’s policies, property by property'],
  ['failover, restore and promotion on AWS', 'the commands of the runbook run against moto’s RDS'],
]
