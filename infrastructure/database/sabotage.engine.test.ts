import { actOut } from '../../test/act-out.ts'
import { sabotages } from './sabotage.ts'

// With the replica of the shipped configuration, which other tests do without.
actOut('database', sabotages, ['up', '--no-load-test'], undefined, 'database: {},')
