import type { RoomProof } from '../../../src/targets/aws/proof.ts'
import { referred } from '../../../src/targets/aws/references.ts'
import { rightsAre, roleIs } from '../../../src/targets/aws/role-proof.ts'
import { at, list, resourceOf } from '../../../src/targets/aws/template.ts'

/** `to`: the name of the bucket elsewhere; without one nothing is promised. */
export const replicationProofs = (to: string | undefined): readonly RoomProof[] =>
  to === undefined
    ? []
    : [
        {
          type: 'AWS::S3::Bucket',
          says: 'each upload is copied to the other region within minutes, a deletion as a marker that hides it',
          fact: 'uploads in the other region: by which role; rule, on, priority, of what, deletions, where to',
          proves: ['otherRegion'],
          is: ['Replication', [['elsewhere', 'Enabled', 1, '', 'Enabled', `arn:aws:s3:::${to}`]]],
          template: (template) => {
            const found = at(resourceOf(template, 'Uploads'), 'Properties', 'ReplicationConfiguration')
            const rules = list(at(found, 'Rules')).map((one) => [
              ...['Id', 'Status', 'Priority'].map((name) => at(one, name)),
              at(one, 'Filter', 'Prefix'),
              at(one, 'DeleteMarkerReplication', 'Status'),
              at(one, 'Destination', 'Bucket'),
            ])
            return [referred(at(found, 'Role')), rules]
          },
          by: 'template',
          because: 'the emulator’s CloudFormation drops it',
        },
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
