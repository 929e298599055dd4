import { actOut } from '../../test/act-out.ts'
import { hands } from '../../test/sabotaged.ts'
import { replaceProcesses, sabotages } from './proofs/sabotage.ts'

/** What a replacement does to requests is known from the newest one. */
actOut('app', sabotages, ['up', '--no-load-test'], async (instance) => replaceProcesses(await hands(instance, 'app')))
