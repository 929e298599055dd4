import { actOut } from '../../test/act-out.ts'
import { hands } from '../../test/sabotaged.ts'
import { longSabotages, runEachAsWhole } from './proofs/long-sabotage.ts'

actOut('loadTesting', longSabotages, ['up', '--no-load-test'], async (instance) => {
  await runEachAsWhole(await hands(instance, 'loadTesting'))
})
