import { DescribeDBProxyTargetsCommand, RDSClient } from '@aws-sdk/client-rds'
import type { TakenOver, Where } from '../../../src/targets/aws/room.ts'
import { instanceNames } from './instances.ts'

/** The page that led there. */
const page = 'docs/runbooks/database-on-aws.md'

/** Before which instance the pool stands, where that is not the primary of the stack: a replica that was promoted. */
async function ledTo(instance: string, region: string): Promise<string | undefined> {
  const asked = new DescribeDBProxyTargetsCommand({ DBProxyName: `${instance}-pool` })
  const { Targets: targets = [] } = await new RDSClient({ region }).send(asked).catch((error: unknown) => {
    // The pool itself may have failed, or be gone: nobody is led anywhere then.
    if (error instanceof Error && error.name.startsWith('DBProxyNotFound')) return { Targets: [] }
    throw error
  })
  const names = targets.flatMap(({ RdsResourceId: name }) => name ?? [])
  return names.includes(instanceNames(instance).primary) ? undefined : names[0]
}

/** The pool leads its clients to a promoted replica: a deployment would lead them back, and both would take writes. */
export async function takenOver({ instance, region }: Where): Promise<TakenOver | undefined> {
  const other = await ledTo(instance, region)
  if (other === undefined) return undefined
  const { primary } = instanceNames(instance)
  const targets = (verb: string, name: string): string =>
    `aws rds ${verb}-db-proxy-targets --db-proxy-name ${instance}-pool --db-instance-identifiers ${name} --region ${region}`
  return {
    what: `its pool stands before ${other}: a deployment would lead it back to ${primary}, which has nothing of what ${other} acknowledged`,
    next: [
      `the way on is a stack of another name, filled from a dump of ${other}: ${page}, "Promote the replica"`,
      `where ${primary} is the one to go on with, and nothing was written to ${other}: ${targets('deregister', other)}; ${targets('register', primary)}; then deploy`,
    ],
  }
}

/** What is done about a stack whose replica was promoted; undefined where none was, and where nobody can say. */
export const afterPromotion = async (instance: string, region: string): Promise<string | undefined> => {
  // Whoever may not ask is told so by the check of the pool itself.
  const other = await ledTo(instance, region).catch(() => undefined)
  return other === undefined
    ? undefined
    : `${other} was promoted, and edge deploy database --target aws would lead the pool away from it: ${page}, "Promote the replica", says how to go on`
}
