import { type ChecksFor, notBuilt } from '../../src/core/check.ts'
import { answers } from './check-answers.ts'
import type { AppEndpoint } from './endpoint.ts'
import type { app } from './guarantees.ts'

export const checks: ChecksFor<typeof app, AppEndpoint> = {
  answers,
  loopbackOnly: notBuilt("the listening sockets of the instance's processes, read from the kernel"),
  drains: notBuilt('the record of a publication under requests that take seconds, none of them cut'),
}
