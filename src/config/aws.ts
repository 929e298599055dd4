import { z } from 'zod'
import { field } from '../core/field.ts'

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
    })
    .prefault({}),
  { doc: 'What only the target `aws` needs to know.', example: { account: '123456789012' } },
)
