import { broken, type Check } from '../../../src/core/check.ts'
import { declaredBy } from '../../../src/targets/aws/declared.ts'
import { inForce } from './check-by-sql.ts'
import { alsoBySql, type DatabaseEndpointOnAws } from './doors.ts'
import { pendingOf, restarts } from './pending.ts'

const configured = declaredBy('parameters')

/** The values of the group are those of the configuration, and no instance waits for a restart to have them in force. */
const ofGroup: Check<DatabaseEndpointOnAws> = async (endpoint, world) => {
  const { instance, region, deployed } = endpoint
  const [verdict, pending] = await Promise.all([configured(endpoint, world), pendingOf(instance, deployed.client)])
  if (verdict.is === 'notClaimed') return verdict
  const waits = pending.restarts
  const facts = { ...verdict.evidence.facts, 'wait for a restart': waits.length === 0 ? 'none' : waits.join(', ') }
  const evidence = { ...verdict.evidence, facts }
  const [first] = waits
  if (verdict.is === 'broken' || first === undefined) return { ...verdict, evidence }
  return broken(
    evidence,
    `${waits.join(' and ')}: a parameter that RDS applies at a restart has its old value until then`,
    `${restarts(first, region)} when nobody minds that it is away for a minute or two`,
  )
}

/** And the instances say themselves that they have them. */
export const parameters: Check<DatabaseEndpointOnAws> = alsoBySql(ofGroup, inForce)
