import type { TemplateContent } from './assembly.ts'

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
