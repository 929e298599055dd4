/** A job that restored something for a test, as AWS Backup describes it. */
export type Restored = {
  readonly id: string
  readonly kind: string
  /** What came back, and what it is a copy of. */
  readonly arn: string
  readonly source: string
  readonly begun: Date
  /** When the backup was made that was restored. */
  readonly pointAt: Date
}

/** What each figure of a restore test is called in CloudWatch. */
export const figureNames = {
  good: 'RestoreTestGood',
  compared: 'RestoreTestCompared',
  recoveryPoint: 'RecoveryPoint',
  recoveryTime: 'RecoveryTime',
} as const

/** By which a figure of one kind of data (`RDS`, `S3`, `DynamoDB`) is found. */
export const dimensionsOfKind = (instance: string, kind: string) => ({ Instance: instance, Kind: kind })
/** By which that of one database, bucket or table is: of two of a kind, the one of which nothing came back hides behind none. */
export const dimensionsOfSource = (instance: string, kind: string, source: string) => ({
  ...dimensionsOfKind(instance, kind),
  Source: source,
})

/** The last part of an ARN: `table/NAME`, `db:NAME`, `arn:aws:s3:::NAME`. */
export const nameIn = (arn: string): string => arn.split(/[:/]/).at(-1) ?? ''
