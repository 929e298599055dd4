import { type DeployedStack, deployedStack as anyStack } from '../../src/targets/aws/deployed-stack.ts'
import { clientOf } from '../emulator-client.ts'

/** Asks the emulator's CloudFormation what a stack is made of. */
export const deployedStack = (
  stack: string,
  how: { readonly region: string; readonly endpoint: string },
): Promise<DeployedStack> => anyStack(stack, clientOf(how.endpoint, how.region))
