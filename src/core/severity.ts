export const severities = ['critical', 'warning'] as const
/** Critical: visitors notice, or data is lost, unless somebody acts within the hour. Warning: within the day. */
export type Severity = (typeof severities)[number]
