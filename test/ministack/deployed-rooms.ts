import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { proven as provenDatabase } from '../../infrastructure/database/proofs/test-template.ts'
import { proven as provenMonitoring } from '../../infrastructure/monitoring/proofs/test-template.ts'
import type { JudgementJson } from '../../src/core/verify.ts'
import { type DeployedStack, deployedStack } from '../../src/targets/aws/deployed-stack.ts'
import { clientOf } from '../emulator-client.ts'
import { type EdgeRun, runEdge } from '../instance.ts'
import { MiniStack } from './ministack.ts'

export type DeployedRoomStacks = Readonly<Record<'monitoring' | 'database' | 'copies' | 'backup', DeployedStack>>
export type Called = typeof provenMonitoring.called

/** An instance called `trial` on an emulator of its own, with all that it has beside the CDN. */
export class DeployedRooms {
  /** Whom alarms call: the proven ones, with a secret that is there. */
  readonly called: Called
  readonly #emulator: MiniStack
  readonly #folder: string

  private constructor(emulator: MiniStack, folder: string, called: Called) {
    this.#emulator = emulator
    this.#folder = folder
    this.called = called
  }

  /** Nothing is deployed yet. */
  static async make(): Promise<DeployedRooms> {
    const emulator = await MiniStack.start()
    const address = { Name: 'webhook', SecretString: 'https://hooks.example.com/edge' }
    const { ARN: webhookSecret = '' } = await new SecretsManagerClient(clientOf(emulator.address)).send(
      new CreateSecretCommand(address),
    )
    const folder = await mkdtemp(join(tmpdir(), 'edge-rooms-'))
    const rooms = new DeployedRooms(emulator, folder, { ...provenMonitoring.called, webhookSecret })
    await rooms.configure({})
    return rooms
  }

  async remove(): Promise<void> {
    await this.#emulator.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** What a client of AWS is told, for it to ask the emulator. */
  asked(region = 'us-east-1'): ReturnType<typeof clientOf> {
    return clientOf(this.#emulator.address, region)
  }

  configure(change: object): Promise<void> {
    const aws = { network: { admits: provenDatabase.needs.network.admits }, notify: this.called }
    const all = { name: 'trial', target: 'aws', site: { static: 'dist' }, aws, ...change }
    return writeFile(this.#file, `export default ${JSON.stringify(all)}\n`)
  }

  edge(verb: string, ...args: string[]): Promise<EdgeRun> {
    return runEdge([verb, '--config', this.#file, ...args], { env: this.#emulator.environment })
  }

  /** Runs a verb that must end with 0, and answers what it says. */
  async must(verb: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.edge(verb, ...args)
    if (code !== 0) throw new Error(`edge ${verb} ended with ${code}\n${stderr}\n${stdout}`)
    return stdout
  }

  /** The verdicts of some components, or of one guarantee. */
  async verdicts(...named: string[]): Promise<readonly JudgementJson[]> {
    const { stdout } = await this.edge('verify', ...named, '--json')
    const { guarantees }: { guarantees: readonly JudgementJson[] } = JSON.parse(stdout)
    return guarantees
  }

  /** The stacks as they are deployed now. */
  async stacks(): Promise<DeployedRoomStacks> {
    const at = (name: string, region = 'us-east-1') => deployedStack(`trial-${name}`, this.asked(region))
    const [monitoring, database, copies, backup] = await Promise.all([
      at('monitoring'),
      at('database'),
      at('backup-copies', 'us-west-2'),
      at('backup'),
    ])
    return { monitoring, database, copies, backup }
  }

  get #file(): string {
    return join(this.#folder, 'production.config.ts')
  }
}
