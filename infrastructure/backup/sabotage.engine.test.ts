import { actOut } from '../../test/act-out.ts'
import { sabotages } from './sabotage.ts'

actOut('backup', sabotages, ['up', '--no-load-test'], undefined, 'backup: undefined,')
