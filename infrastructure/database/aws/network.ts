import {
  CfnSecurityGroup,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type ISecurityGroup,
  type IVpc,
  IpAddresses,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2'
import type { Construct } from 'constructs'

/** Where the database stands, and who may come to it. */
export type NetworkSettings = {
  /** A network that is there already, with the subnets (in two zones at least) that the database may stand in. */
  readonly existing?: { readonly vpc: string; readonly subnets: readonly string[] } | undefined
  /** Networks (`10.1.0.0/16`) and security groups (`sg-…`) whose machines may connect to pool and database. */
  readonly admits: readonly string[]
}

export const postgresPort = 5432

export type Network = {
  readonly vpc: IVpc
  readonly groups: {
    readonly database: ISecurityGroup
    readonly pool: ISecurityGroup
    readonly rotation: ISecurityGroup
  }
}

/** The subnets lie in no zone's route to the internet: nothing that stands there is reached from outside, or reaches out. */
export function network(scope: Construct, { existing, admits }: NetworkSettings): Network {
  // CDK's types are not written for exactOptionalPropertyTypes: its own VPC is none of its IVpcs.
  const vpc = existing ? existingVpc(scope, existing) : (newVpc(scope) as IVpc)
  const guests = admits.map(ingressOf)
  const pool = group(scope, 'PoolGroup', vpc, {
    says: 'The pool: what the configuration names may connect',
    ingress: guests,
    egress: [{ ...tcp(postgresPort), cidrIp: '0.0.0.0/0', description: 'to the database' }],
  })
  const rotation = group(scope, 'RotationGroup', vpc, {
    says: 'What changes the password: it is reached by nobody',
    ingress: [],
    egress: [
      { ...tcp(postgresPort), cidrIp: '0.0.0.0/0', description: 'to the database' },
      { ...tcp(443), cidrIp: '0.0.0.0/0', description: 'to Secrets Manager' },
    ],
  })
  const database = group(scope, 'DatabaseGroup', vpc, {
    says: 'The database: the pool and what the configuration names may connect',
    ingress: [from(pool, 'the pool'), from(rotation, 'what changes the password'), ...guests],
    egress: [],
  })
  // In a network without a way out, what changes the password would never reach the secret, and time out in silence.
  if (!existing) secretsEndpoint(scope, vpc, rotation)
  return { vpc, groups: { database, pool, rotation } }
}

function newVpc(scope: Construct): Vpc {
  return new Vpc(scope, 'Vpc', {
    ipAddresses: IpAddresses.cidr('10.61.0.0/16'),
    maxAzs: 2,
    natGateways: 0,
    subnetConfiguration: [{ name: 'database', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }],
    // The default group is used by nothing here; emptying it takes a function of CDK's own, which has to be uploaded.
    restrictDefaultSecurityGroup: false,
  })
}

const existingVpc = (scope: Construct, { vpc, subnets }: NonNullable<NetworkSettings['existing']>): IVpc =>
  Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId: vpc,
    // CDK asks for one zone a subnet and uses the names for nothing here: RDS knows where each subnet lies.
    availabilityZones: subnets.map((_, index) => `zone ${index + 1}`),
    isolatedSubnetIds: [...subnets],
  })

function secretsEndpoint(scope: Construct, vpc: IVpc, rotation: ISecurityGroup): void {
  const door = group(scope, 'SecretsGroup', vpc, {
    says: 'Secrets Manager within the network: what changes the password may ask it',
    ingress: [
      { ...tcp(443), sourceSecurityGroupId: rotation.securityGroupId, description: 'what changes the password' },
    ],
    egress: [],
  })
  new InterfaceVpcEndpoint(scope, 'Secrets', {
    vpc,
    service: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
    securityGroups: [door],
    open: false,
    privateDnsEnabled: true,
  })
}

type Rule = CfnSecurityGroup.IngressProperty & { readonly cidrIp?: string }

const tcp = (port: number) => ({ ipProtocol: 'tcp', fromPort: port, toPort: port })
const from = ({ securityGroupId: sourceSecurityGroupId }: ISecurityGroup, description: string): Rule => ({
  ...tcp(postgresPort),
  sourceSecurityGroupId,
  description,
})
const ingressOf = (guest: string): Rule => ({
  ...tcp(postgresPort),
  ...(guest.startsWith('sg-') ? { sourceSecurityGroupId: guest } : { cidrIp: guest }),
  description: 'named in the configuration',
})

/** CloudFormation gives a group without a rule for what goes out one that lets out everything; this one lets out nothing. */
const nothing = [
  { ipProtocol: 'icmp', fromPort: 252, toPort: 86, cidrIp: '255.255.255.255/32', description: 'nothing' },
]

/** Its rules stand in the group itself: as resources of their own, one that a hand adds would be seen by no comparison. */
function group(
  scope: Construct,
  id: string,
  { vpcId }: IVpc,
  {
    says,
    ingress,
    egress,
  }: { readonly says: string; readonly ingress: readonly Rule[]; readonly egress: readonly Rule[] },
): ISecurityGroup {
  const made = new CfnSecurityGroup(scope, id, {
    vpcId,
    groupDescription: says,
    securityGroupIngress: [...ingress],
    securityGroupEgress: egress.length === 0 ? nothing : [...egress],
  })
  return SecurityGroup.fromSecurityGroupId(scope, `${id}Rules`, made.attrGroupId, { mutable: false })
}
