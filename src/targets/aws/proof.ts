import type { TemplateContent } from './assembly.ts'
import type { DeployedStack } from './deployed-stack.ts'

/**
 * A property of a stack that something is promised by: what it has to be, where it stands in the template, and how it
 * is read back where it was deployed. docs/aws-proof.md is rendered from these; tests hold each of them true.
 */
export type ProofOf<Deployed> = {
  readonly type: string
  readonly says: string
  /** What both the template and, where it is read back, the deployed resource come to. */
  readonly is: unknown
  readonly template: (template: TemplateContent) => unknown
} & (
  | {
      /** `own provisioner`: the emulator's CloudFormation drops it, and the tests' launcher hands it to its API. */
      readonly by: 'emulator' | 'own provisioner'
      readonly readBack: (deployed: Deployed) => Promise<unknown>
    }
  | {
      readonly by: 'template'
      /** Why it cannot be read back. */
      readonly because: string
      /** What the emulator has in its place: another answer means that it has learnt something, and fails a test. */
      readonly gap?: { readonly is: unknown; readonly readBack: (deployed: Deployed) => Promise<unknown> }
    }
)

/** A proof that checks of a deployed stack stand on, too: on AWS each is read back, also what an emulator does not have. */
export type RoomProof = ProofOf<DeployedStack> & {
  /** Names of the guarantees of its room that stand on it. */
  readonly proves: readonly string[]
  /** What it is called in the evidence: `instance class`. */
  readonly fact: string
}

/** A proof before it is said how the emulator has it. */
export type Claim = Omit<RoomProof, 'by' | 'because' | 'gap' | 'readBack'> & {
  readonly readBack: (deployed: DeployedStack) => Promise<unknown>
}

export const onEmulator = (claim: Claim): RoomProof => ({ ...claim, by: 'emulator' })
export const byOwnProvisioner = (claim: Claim): RoomProof => ({ ...claim, by: 'own provisioner' })
/** `has`: what the emulator answers in its place. */
export const onTemplate = ({ readBack, ...claim }: Claim, because: string, has?: unknown): RoomProof => ({
  ...claim,
  by: 'template',
  because,
  gap: { is: has, readBack },
})

/** How a proof is read back on AWS; undefined where nothing but the template says it. */
export function readBackOf(proof: RoomProof): ((deployed: DeployedStack) => Promise<unknown>) | undefined {
  return proof.by === 'template' ? proof.gap?.readBack : proof.readBack
}
