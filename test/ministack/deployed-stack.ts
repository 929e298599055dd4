import { type DeployedStack, deployedStack as anyStack } from '../../src/targets/aws/deployed-stack.ts'

/** Asks the emulator's CloudFormation what a stack is made of. */
export const deployedStack = (
  stack: string,
  how: { readonly region: string; readonly endpoint: string },
): Promise<DeployedStack> => anyStack(stack, { ...how, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } })
