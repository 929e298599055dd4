import { actOut } from '../../test/act-out.ts'
import { sabotages } from './sabotage.ts'

actOut('loadTesting', sabotages, ['up'])
