import type { ProofOf } from '../../../src/targets/aws/proof.ts'
import type { Deployed } from './deployed.ts'

export type Proof = ProofOf<Deployed>
