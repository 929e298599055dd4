import { expect, test } from 'vitest'
import { exampleInstance, exampleTls } from '../../test/example-instance.ts'
import { changeSharedSettings, clusterOf, sharedSettings } from './cluster.ts'
import { perMember } from './members.ts'

test('says in words, with what to look at, that no Patroni answers', async () => {
  const cluster = clusterOf(exampleInstance, exampleTls, ['pg1', 'pg2'])
  const nobody = { ...cluster, restApi: perMember([1, 1, 1, 1, 1], (port) => `http://127.0.0.1:${port}`) }
  const said = { name: 'OperatorError', exitCode: 1, hints: ['edge logs pg1', 'edge logs etcd'] }
  await expect(sharedSettings(nobody)).rejects.toMatchObject({ ...said, message: 'no Patroni answers' })
  await expect(changeSharedSettings(nobody, {})).rejects.toMatchObject(said)
})
