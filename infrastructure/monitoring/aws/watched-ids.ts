import { type ClientSettings, deployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import type { IdOf } from '../../../src/targets/aws/room.ts'
import { isKnown, type Shown, type Watched } from './dashboard.ts'

/** What nobody knows of a stack that is not deployed: its alarms are not there, either. */
const unknown = 'not deployed'

/** What alarms look at, with the ids that the deployed stacks have. */
export const withIds = (all: readonly Shown[], client: ClientSettings): Promise<readonly Watched[]> =>
  Promise.all(
    all.map(async (one) => {
      if (isKnown(one)) return one
      const known = Object.entries(one.dimensions).map(
        async ([name, value]) => [name, typeof value === 'string' ? value : await idOf(value, client)] as const,
      )
      return { ...one, dimensions: Object.fromEntries(await Promise.all(known)) }
    }),
  )

async function idOf({ stack, resource }: IdOf, client: ClientSettings): Promise<string> {
  try {
    return (await deployedStack(stack, client)).id(resource)
  } catch (error) {
    // CloudFormation's own words where there is no such stack, and ours where it is of an older version.
    if (!(error instanceof Error) || !/does not exist|none is called/.test(error.message)) throw error
    return unknown
  }
}
