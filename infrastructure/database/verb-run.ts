import type { InstanceVerb } from '../../src/core/verb.ts'
import type { DatabaseEndpoint } from './local.ts'

/** What a verb of this room does when it is called. */
export type DatabaseRun = Awaited<ReturnType<InstanceVerb<DatabaseEndpoint>['load']>>
