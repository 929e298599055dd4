import { z } from 'zod'
import { field, size } from '../../src/core/field.ts'
import { type Bytes, gibibytes, show } from '../../src/core/units.ts'

/** RDS counts storage in whole GB. */
const storage = (bounds: Parameters<typeof size>[0]) =>
  size(bounds).refine((value) => Number.isInteger(gibibytes(value)), { error: "must be whole GB: '200 GB'" })

/** RDS refuses a limit that leaves storage less than a tenth to grow by. */
const roomToGrow = 1.1

/** The machines and the storage of the database on AWS: both its servers have the same. */
export const rdsSettings = field(
  z
    .strictObject({
      class: field(
        z
          .string()
          .regex(/^db\.[a-z][a-z0-9-]*\.[a-z0-9]+$/, "must be a class of RDS: 'db.r5.xlarge'")
          .default('db.r5.xlarge'),
        {
          doc: 'The class of the primary, its standby and the replica. Another one takes the database away for a minute or two.',
          example: 'db.r5.2xlarge',
          source: 'document',
        },
      ),
      storage: field(storage({ atLeast: '20 GB', atMost: '64 TB' }).prefault('100 GB'), {
        doc: 'Storage that the primary begins with. It is raised in place, and RDS never takes any of it back.',
        example: '200 GB',
        source: 'document',
      }),
      growsTo: field(storage({ atLeast: '22 GB', atMost: '64 TB' }).prefault('1000 GB'), {
        doc: 'How far storage grows by itself.',
        example: '2000 GB',
        why: 'a tenth more than it begins with at the least, or RDS refuses it',
        source: 'document',
      }),
    })
    .superRefine(({ storage: begins, growsTo }, context) => {
      const atLeast = leastLimit(begins)
      if (gibibytes(growsTo) >= atLeast) return
      const message = `must be at least ${atLeast} GB: a tenth more than \`database.rds.storage\`, which is ${show(begins)}`
      context.addIssue({ code: 'custom', path: ['growsTo'], message, input: growsTo })
    })
    .prefault({}),
  { doc: 'The machines and the storage of the database on AWS (AWS only).', example: {} },
)

const leastLimit = (begins: Bytes): number => Math.ceil(gibibytes(begins) * roomToGrow)
