import { GetBucketReplicationCommand, type GetBucketReplicationOutput, S3Client } from '@aws-sdk/client-s3'
import type { DeployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import { onTemplate, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { referred } from '../../../src/targets/aws/references.ts'
import { rightsAre, roleIs } from '../../../src/targets/aws/role-proof.ts'
import { at, list, resourceOf } from '../../../src/targets/aws/template.ts'

const inOrder = (rule: unknown): readonly unknown[] => [
  at(rule, 'Id') ?? at(rule, 'ID'),
  ...['Status', 'Priority'].map((name) => at(rule, name)),
  at(rule, 'Filter', 'Prefix'),
  at(rule, 'DeleteMarkerReplication', 'Status'),
  at(rule, 'Destination', 'Bucket'),
]

/** What S3 does with the uploads now; undefined where it copies none. */
async function replicationOf({ client, id, named }: DeployedStack): Promise<unknown> {
  const asked = new GetBucketReplicationCommand({ Bucket: id('Uploads') })
  const { ReplicationConfiguration: found } = await new S3Client({ ...client, forcePathStyle: true })
    .send(asked)
    .catch((error: unknown): GetBucketReplicationOutput => {
      if (error instanceof Error && error.name === 'ReplicationConfigurationNotFoundError') return {}
      throw error
    })
  if (!found) return undefined
  return [String(named(found.Role)).split('/').at(-1), list(found.Rules).map(inOrder)]
}

/** `to`: the name of the bucket elsewhere; without one nothing is promised. */
export const replicationProofs = (to: string | undefined): readonly RoomProof[] =>
  to === undefined
    ? []
    : [
        onTemplate(
          {
            type: 'AWS::S3::Bucket',
            says: 'each upload is copied to the other region within minutes, a deletion as a marker that hides it',
            fact: 'uploads in the other region: by which role; rule, on, priority, of what, deletions, where to',
            proves: ['otherRegion'],
            is: ['Replication', [['elsewhere', 'Enabled', 1, '', 'Enabled', `arn:aws:s3:::${to}`]]],
            template: (template) => {
              const found = at(resourceOf(template, 'Uploads'), 'Properties', 'ReplicationConfiguration')
              return [referred(at(found, 'Role')), list(at(found, 'Rules')).map(inOrder)]
            },
            readBack: replicationOf,
          },
          'the emulator’s CloudFormation drops it',
          undefined,
        ),
        roleIs('Replication', 'S3 alone copies uploads, by a role of its own', {
          service: 's3.amazonaws.com',
          policies: [],
        }),
        rightsAre('Replication', 'it reads the uploads and writes their copies, and nothing else', [
          'Allow s3:GetReplicationConfiguration s3:ListBucket on Uploads',
          'Allow s3:GetObjectVersionForReplication s3:GetObjectVersionAcl s3:GetObjectVersionTagging on Uploads/*',
          `Allow s3:ReplicateObject s3:ReplicateDelete s3:ReplicateTags on arn:aws:s3:::${to}/*`,
        ]),
      ]
