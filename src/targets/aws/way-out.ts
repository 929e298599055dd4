import { isProtected, lifts, type Resource } from './deletion-protection.ts'

/** RDS's words while it works on storage that was changed: hours, in which it takes no second change. */
const optimises = /previous storage change|storage[- ]optimi[sz]/i

/** What helps, where one of AWS's services refused what its words alone do not say how to come by; undefined elsewhere. */
export function wayOut(failure: Resource & { readonly reason: string }, region: string): string | undefined {
  const { resource, id, type, reason } = failure
  if (isProtected(failure)) return lifts(failure, region)
  if (type !== 'AWS::RDS::DBInstance' || !optimises.test(reason)) return undefined
  const look = `aws rds describe-db-instances --db-instance-identifier ${id} --region ${region} --query 'DBInstances[].DBInstanceStatus'`
  return `${resource} serves, and RDS still works on its storage, which takes hours: deploy again when ${look} says available`
}
