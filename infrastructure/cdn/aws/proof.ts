import type { DeployedStack } from '../../../src/targets/aws/deployed-stack.ts'
import type { ProofOf, RoomProof } from '../../../src/targets/aws/proof.ts'
import type { cdn } from '../guarantees.ts'
import type { CdnStackProps } from './stack.ts'

export type Proof = ProofOf<DeployedStack>

/** What a proof of the site says, what the evidence calls it, and the guarantees that stand on it. */
export type About = Pick<RoomProof, 'says' | 'fact'> & { readonly proves: readonly (keyof typeof cdn)[] }

/** The configuration that proofs are of, and the account that the site is in. */
export type ProvenSite = Pick<CdnStackProps, 'name' | 'settings' | 'own' | 'api'> & { readonly account: string }
