import { actOut } from '../../test/act-out.ts'
import { sabotages } from './sabotage.ts'

actOut('database', sabotages, ['up', '--no-load-test'])
