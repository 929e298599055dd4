import { actOut } from '../../test/act-out.ts'
import { sabotages } from './sabotage.ts'

actOut('cdn', sabotages, ['up', '--no-load-test'])
