import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestInstance } from '../../test/instance.ts'
import { leaveReport } from '../../test/long-report.ts'
import { hands } from '../../test/sabotaged.ts'
import { freeze, type Outcome, postgresOf, trials } from './proofs/freeze.ts'
import type { Member } from './members.ts'
import { addressesIn, clusterIn } from './sabotage.ts'

const times = 3
const backWithinMs = 30_000
const nextIs = /^(?:edge logs etcd; )?(edge deploy database)(?: brings (?:the standby|it) back|$)/

let instance: TestInstance
const measured: (Outcome & { readonly title: string })[] = []

beforeAll(async () => {
  // As it is shipped: a replica stands beside the standby.
  instance = await TestInstance.make('database: { replicas: 1 },')
  // Without the agent, which would help the standby back unasked.
  await instance.edge(['deploy', 'database', '--yes'])
})
afterAll(async () => {
  await leaveReport('freeze', measured)
  await instance.remove()
})

/** Does what `edge verify` advises, and answers what that was; nothing where it says that all is well by now. */
async function asAdvised(): Promise<string | undefined> {
  const verdicts = [...(await instance.verify('database.standby', 'database.readReplica')).values()]
  const next = verdicts.find(({ verdict }) => verdict !== 'kept')?.next
  if (next === undefined) return undefined
  const [, advice] = nextIs.exec(next ?? '') ?? []
  if (advice === undefined) throw new Error(`edge verify advises: ${next}`)
  await instance.edge([...advice.split(' ').slice(1), '--yes'])
  return advice
}

for (const trial of trials)
  for (let time = 1; time <= times; time += 1)
    test(`loses no acknowledged write, and has its members back, when for 60 s ${trial.title} (${time} of ${times})`, async () => {
      const its = await hands(instance)
      const on = {
        addresses: addressesIn(its),
        cluster: clusterIn(its),
        processes: {
          patroni: (member: string) => instance.pid(member),
          etcd: () => instance.pid('etcd'),
          postgres: (member: Member) => postgresOf(instance.state, member),
        },
      }
      const outcome = await freeze(trial, on, backWithinMs, asAdvised)
      measured.push({ title: trial.title, ...outcome })
      expect(outcome).toMatchObject({ lost: 0 })
    })
