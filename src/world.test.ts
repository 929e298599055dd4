import { expect, it } from 'vitest'
import { testWorld } from '../test/world.ts'
import { isOfOthers } from './world.ts'

it('finds the programs of the system on the PATH of an ordinary user, and those of the user first', async () => {
  const { world } = testWorld({ env: { PATH: '/home/alice/bin:/usr/bin:/bin' } })
  const { stdout } = await world.run(['sh', '-c', 'echo "$PATH"'])
  expect(stdout.trim()).toBe('/home/alice/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin')
})

it('leaves out of the environment what other programs would read before what edge configures', () => {
  const names = ['PGOPTIONS', 'PGBACKREST_REPO1_PATH', 'RESTIC_PASSWORD_FILE', 'PATRONI_SCOPE', 'ETCD_NAME']
  expect(names.filter(isOfOthers)).toEqual(names)
  expect(['PATH', 'PGSSLROOTCERT', 'K6_BIN', 'AWS_PROFILE', 'EDGE_PACKAGES'].filter(isOfOthers)).toEqual([])
})
