import { actOut } from '../../test/act-out.ts'
import { sabotages } from './sabotage.ts'

actOut('app', sabotages, ['up', '--no-load-test'])
