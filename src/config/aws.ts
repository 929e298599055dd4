import { z } from 'zod'
import { field } from '../core/field.ts'

/** A network by its first address: `10.1.0.0/16` for `10.1.2.3/16`. */
function beginning(network: string): string {
  const [address = '', length = ''] = network.split('/')
  const whole = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const size = 2 ** (32 - Number(length))
  const first = Math.floor(whole / size) * size
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/${length}`
}

/** Why a text names nobody who may come; undefined where it does. */
function guestProblem(value: string): string | undefined {
  if (/^sg-[0-9a-f]+$/.test(value)) return undefined
  if (z.cidrv6().safeParse(value).success) return 'must be a network of IPv4: nobody reaches the database by IPv6'
  if (!z.cidrv4().safeParse(value).success) return 'must be a network (10.1.0.0/16) or a security group (sg-…)'
  // AWS writes it so, and what was asked for would be taken for changed by a hand for ever.
  return value === beginning(value) ? undefined : `must be written by its beginning: ${beginning(value)}`
}

const network = field(
  z
    .strictObject({
      vpc: field(
        z
          .string()
          .regex(/^vpc-[0-9a-f]+$/, 'must be the id of a VPC: vpc-…')
          .optional(),
        {
          doc: 'The network that the database stands in. Without it: one of its own, in two zones, without a way to the internet.',
          example: 'vpc-0a1b2c3d4e5f60718',
        },
      ),
      subnets: field(
        z
          .array(z.string().regex(/^subnet-[0-9a-f]+$/, 'must be the id of a subnet: subnet-…'))
          .max(20)
          .default([]),
        {
          doc: 'Subnets of that network, in two zones at least. From them Secrets Manager has to be within reach.',
          example: ['subnet-0a1b2c3d', 'subnet-4e5f6071'],
          source: 'ours',
        },
      ),
      admits: field(
        z
          .array(
            z.string().check(({ value, issues }) => {
              const message = guestProblem(value)
              if (message !== undefined) issues.push({ code: 'custom', message, input: value })
            }),
          )
          .max(40)
          .refine((all) => new Set(all).size === all.length, 'must name each once: AWS refuses a rule that it has')
          .default([]),
        {
          doc: 'Networks (of IPv4) and security groups whose machines may connect to the pool and to the database; all others are refused.',
          example: ['10.1.0.0/16', 'sg-0a1b2c3d4e5f60718'],
          source: 'ours',
        },
      ),
    })
    .superRefine(({ vpc, subnets }, context) => {
      if (vpc === undefined && subnets.length > 0)
        context.addIssue({
          code: 'custom',
          path: ['subnets'],
          message: 'must come with `aws.network.vpc`, whose they are',
          input: subnets,
        })
      if (vpc !== undefined && new Set(subnets).size < 2)
        context.addIssue({
          code: 'custom',
          path: ['subnets'],
          message: 'must be two at least, in two zones',
          input: subnets,
        })
    })
    .prefault({}),
  { doc: 'Where the database stands, and who may come to it.', example: {} },
)

const addresses = (what: string) =>
  field(z.array(z.email('must be an e-mail address')).max(20).default([]), {
    doc: `Who is written to about what is ${what}. AWS asks each of them once whether it wants the letters.`,
    example: ['ops@example.com'],
    source: 'ours',
  })

const notify = field(
  z
    .strictObject({
      critical: addresses('critical'),
      warning: addresses('not urgent'),
      webhookSecret: field(
        z
          .string()
          .regex(
            /^arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/,
            'must be the whole ARN of a secret of Secrets Manager, with the six characters behind its name (`-a1B2c3`): aws secretsmanager describe-secret --secret-id NAME says it',
          )
          .optional(),
        {
          doc: 'A webhook that gets every letter, as Slack takes it (`{ "text": … }`): the secret that holds its address. A function passes the letters on, as Slack confirms nothing to SNS.',
          example: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:edge/slack-a1B2c3',
        },
      ),
    })
    .prefault({}),
  {
    doc: 'Who is called: critical is what visitors notice, or data is lost by, unless somebody acts within the hour.',
    example: {},
  },
)

/** What the target `aws` needs to know beside the rest. */
export const awsSettings = field(
  z
    .strictObject({
      account: field(
        z
          .string()
          .regex(/^\d{12}$/, 'must be the twelve digits of an account')
          .optional(),
        {
          doc: 'The account that this is for; credentials of any other are refused. Without it: whichever they are of.',
          example: '123456789012',
        },
      ),
      region: field(
        z
          .string()
          .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be the name of a region')
          .default('us-east-1'),
        {
          doc: "Where the stacks lie, but for the CDN's: certificates, metrics, alarms and logs of CloudFront exist in us-east-1 alone. Visitors are answered everywhere.",
          example: 'eu-central-1',
          why: 'every service of AWS is there',
          source: 'ours',
        },
      ),
      certificate: field(
        z
          .string()
          .regex(
            /^arn:aws:acm:us-east-1:\d{12}:certificate\/[\w-]+$/,
            'must be the ARN of a certificate in us-east-1: CloudFront takes no other',
          )
          .optional(),
        {
          doc: "The certificate for `serve.domain`. Without one leave `serve.domain` out: the site answers under CloudFront's own name.",
          example: 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d',
        },
      ),
      network,
      notify,
      copies: field(
        z
          .union([z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region: us-west-2'), z.literal(false)])
          .default('us-west-2'),
        {
          doc: 'The region that each backup is copied to; `false` for none.',
          example: 'us-west-2',
          source: 'ours',
        },
      ),
    })
    .superRefine(({ region, copies }, context) => {
      if (copies !== region) return
      const message = 'must be another region than `aws.region`: what takes one away leaves the other'
      context.addIssue({ code: 'custom', path: ['copies'], message, input: copies })
    })
    .prefault({}),
  { doc: 'What only the target `aws` needs to know.', example: { account: '123456789012' } },
)
