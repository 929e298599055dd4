import { TestInstance } from '../../../test/instance.ts'
import { hands } from '../../../test/sabotaged.ts'
import type { Addresses } from '../addresses.ts'
import type { Cluster } from '../cluster.ts'
import { showConsole } from '../pool-console.ts'
import { startReading } from '../read-load.ts'
import { addressesIn, clusterIn } from '../sabotage.ts'
import { startWriting } from '../write-load.ts'

const clients = 8
const acknowledgesWithinMs = 60_000
/** Clients of the pool wait for a connection that long: one that waits for a planned change is no failed request. */
const clientWaitsMs = 30_000

/** An instance whose members a test restarts by a plan, while clients write and read through the pool. */
export class RestartedMembers {
  readonly instance: TestInstance
  readonly addresses: Addresses
  readonly cluster: Cluster

  private constructor(instance: TestInstance, addresses: Addresses, cluster: Cluster) {
    this.instance = instance
    this.addresses = addresses
    this.cluster = cluster
  }

  /** With the members that are shipped, and with the agent: it is the client that the pool keeps its connections for. */
  static async up(): Promise<RestartedMembers> {
    const instance = await TestInstance.make('database: { replicas: 1 },')
    await instance.must('deploy', 'database', 'monitoring', '--yes')
    const on = await hands(instance)
    return new RestartedMembers(instance, addressesIn(on), clusterIn(on))
  }

  /** As after an update of edge: the services are not what they would be rendered to now. */
  async changeServices(): Promise<void> {
    const on = await hands(this.instance)
    for (const member of this.cluster.members) {
      await on.edit(`s6/${member}/environment/PYTHONUNBUFFERED`, () => 'before\n')
    }
  }

  pids(): Promise<number[]> {
    return Promise.all(this.cluster.members.map((member) => this.instance.pid(member)))
  }

  async isPaused(name: string): Promise<boolean> {
    const rows = await showConsole(this.addresses.console, 'databases')
    return rows.some((row) => row['name'] === name && Number(row['paused']) === 1)
  }

  /** What clients see that write and read through the pool while something is done. */
  async underLoad(work: () => Promise<void>) {
    const writing = await startWriting({ ...this.addresses.edge, database: 'app' }, clients, clientWaitsMs)
    const reading = startReading(this.addresses.appReader, 'select count(*) from pg_roles', clients)
    await writing.acknowledges(100, acknowledgesWithinMs)
    const failed = await work().then(
      () => undefined,
      (error: unknown) => error,
    )
    if (failed === undefined) await writing.acknowledges(100, acknowledgesWithinMs)
    const [written, read] = [await writing.stop(), await reading.stop()]
    if (failed !== undefined) throw failed
    return { lost: written.lost, failed: [...written.errors, ...read.errors], longestGapMs: written.longestGapMs }
  }
}
