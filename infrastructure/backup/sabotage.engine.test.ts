import { actOut } from '../../test/act-out.ts'
import { hands } from '../../test/sabotaged.ts'
import { sabotages } from './sabotage.ts'
import { withoutClock } from './proofs/test-clock.ts'

const quiet = async (instance: Parameters<typeof hands>[0]): Promise<void> => withoutClock(await hands(instance))

actOut('backup', sabotages, ['up', '--no-load-test'], quiet, 'backup: undefined,')
