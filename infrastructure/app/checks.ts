import type { ChecksFor } from '../../src/core/check.ts'
import { answers } from './check-answers.ts'
import { loopbackOnly } from './check-loopback.ts'
import { drains } from './check-drains.ts'
import type { AppEndpoint } from './endpoint.ts'
import type { app } from './guarantees.ts'

export const checks: ChecksFor<typeof app, AppEndpoint> = {
  answers,
  loopbackOnly,
  drains,
}
