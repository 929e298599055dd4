import { isDeepStrictEqual } from 'node:util'
import { broken, type Check, declared, kept, notClaimed } from '../../core/check.ts'
import { messageOf } from '../../core/errors.ts'
import type { World } from '../../core/world.ts'
import type { DeployedStack } from './deployed-stack.ts'
import { emulatorOf } from './on-emulator.ts'
import { readBackOf, type RoomProof } from './proof.ts'

/** A room's stack as it is deployed, with what its guarantees stand on. */
export type ProvenStack = {
  readonly deployed: DeployedStack
  readonly proofs: readonly RoomProof[]
  /** As it is typed: `edge deploy database`. */
  readonly component: string
  /** What to do about what is otherwise than it was deployed, where no deployment may put it back. */
  readonly instead?: string | undefined
}

/**
 * The check of a guarantee that AWS keeps by how resources are configured: each property is read back through the API
 * and compared with what the stack is to have. It is declared, not seen to act.
 */
export const declaredBy =
  (guarantee: string): Check<ProvenStack> =>
  async ({ deployed, proofs, component, instead }, world) => {
    const about = proofs.filter(({ proves }) => proves.includes(guarantee))
    const asked = about.flatMap((proof) => {
      const readBack = onlyOnAws(proof, world) ? undefined : readBackOf(proof)
      return readBack ? [{ proof, readBack }] : []
    })
    if (asked.length === 0) return notClaimed(about.map((proof) => because(proof)).join('; '))
    const found = await Promise.all(
      asked.map(async ({ proof, readBack }) => ({ proof, has: await readBack(deployed) })),
    )
    const evidence = declared(Object.fromEntries(found.map(({ proof, has }) => [proof.fact, inWords(has)])))
    const wrong = found.find(({ proof, has }) => !isDeepStrictEqual(has, proof.is))
    if (!wrong) return kept(evidence)
    return broken(evidence, otherwise(wrong.proof, wrong.has), instead ?? putBack(component))
  }

/** What of a stack is otherwise than it should be, of all that no guarantee stands on: protection against deletion, names. */
export async function amissIn(
  { deployed, proofs, component, instead }: ProvenStack,
  world: Pick<World, 'env'>,
): Promise<readonly string[]> {
  const asked = proofs.flatMap((proof) => {
    const readBack = proof.proves.length > 0 || onlyOnAws(proof, world) ? undefined : readBackOf(proof)
    return readBack ? [{ proof, readBack }] : []
  })
  const lines = asked.map(async ({ proof, readBack }) => {
    // What is gone altogether is the guarantees' to say; a look that fails must not hide them.
    const seen = await readBack(deployed).then(
      (has) => (isDeepStrictEqual(has, proof.is) ? undefined : otherwise(proof, has)),
      (error: unknown) => `${proof.fact} cannot be read: ${messageOf(error)}`,
    )
    return seen === undefined ? [] : [`${seen}; ${instead ?? putBack(component)}`]
  })
  return (await Promise.all(lines)).flat()
}

const otherwise = ({ fact, is }: RoomProof, has: unknown): string =>
  `${fact} is ${inWords(has)}, and has to be ${inWords(is)}`
const putBack = (component: string): string =>
  `edge plan ${component} --target aws --drift shows what a hand changed; edge deploy ${component} --target aws --revert-drift puts it back`

/** What an emulator is known not to have says nothing about the stack. */
const onlyOnAws = (proof: RoomProof, world: Pick<World, 'env'>): boolean =>
  proof.by === 'template' && emulatorOf(world) !== undefined

const because = (proof: RoomProof): string => (proof.by === 'template' ? proof.because : `no proof of ${proof.fact}`)

function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(inWords).join(', ')
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none')
}
