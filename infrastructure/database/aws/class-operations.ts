/**
 * How many operations a second the disks of a class are good for at any time (EbsOptimizedInfo.BaselineIops of EC2's
 * DescribeInstanceTypes; AWS documents the same as "EBS-optimized instances, baseline IOPS"). A small class does more for half an
 * hour a day, on which nobody can count. test/runbook-on-aws.emulator.test.ts holds the table against EC2's own answers.
 */
const byFamily: readonly (readonly [families: readonly string[], bySize: Readonly<Record<string, number>>])[] = [
  [
    ['m5', 'r5'],
    {
      large: 3600,
      xlarge: 6000,
      '2xlarge': 12_000,
      '4xlarge': 18_750,
      '8xlarge': 30_000,
      '12xlarge': 40_000,
      '16xlarge': 60_000,
      '24xlarge': 80_000,
    },
  ],
  [
    ['m6g', 'm6gd', 'r6g', 'r6gd'],
    {
      large: 3600,
      xlarge: 6000,
      '2xlarge': 12_000,
      '4xlarge': 20_000,
      '8xlarge': 40_000,
      '12xlarge': 50_000,
      '16xlarge': 80_000,
    },
  ],
  [
    ['m6i', 'm7i', 'm8g', 'r6i', 'r7i', 'r8g'],
    {
      large: 3600,
      xlarge: 6000,
      '2xlarge': 12_000,
      '4xlarge': 20_000,
      '8xlarge': 40_000,
      '12xlarge': 60_000,
      '16xlarge': 80_000,
      '24xlarge': 120_000,
    },
  ],
  [
    ['m7g', 'r7g'],
    {
      large: 3600,
      xlarge: 6000,
      '2xlarge': 12_000,
      '4xlarge': 20_000,
      '8xlarge': 40_000,
      '12xlarge': 60_000,
      '16xlarge': 80_000,
    },
  ],
  [['t3', 't4g'], { micro: 500, small: 1000, medium: 2000, large: 4000, xlarge: 4000, '2xlarge': 4000 }],
]

/** By the class of RDS, `db.r5.xlarge`. */
export const classOperations: ReadonlyMap<string, number> = new Map(
  byFamily.flatMap(([families, bySize]) =>
    families.flatMap((family) =>
      Object.entries(bySize).map(([size, operations]): [string, number] => [`db.${family}.${size}`, operations]),
    ),
  ),
)
