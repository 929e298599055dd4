import { beforeAll, describe, expect, it } from 'vitest'
import type { TemplateContent } from '../../../src/targets/aws/assembly.ts'
import { at } from '../../../src/targets/aws/template.ts'
import { databaseProofs } from './proofs.ts'
import { proven, templateOf } from '../proofs/test-template.ts'

let template: TemplateContent = {}
beforeAll(async () => {
  template = await templateOf()
})

const proofs = databaseProofs(proven, proven.settings, proven.needs)

describe('the template of the database', () => {
  it.each(proofs.map((proof) => [proof.type, proof.says, proof] as const))('%s: %s', (_type, _says, proof) => {
    expect(proof.template(template)).toEqual(proof.is)
  })

  it('has no type of resource of which nothing is proven', () => {
    const types = new Set(Object.values(template['Resources'] ?? {}).map((one) => at(one, 'Type')))
    expect([...types].toSorted()).toEqual([...new Set(proofs.map(({ type }) => type))].toSorted())
  })
})

describe('the template of a database in a network that was there already', () => {
  const network = {
    admits: ['10.1.0.0/16'],
    existing: { vpc: 'vpc-0a1b2c3d', subnets: ['subnet-4e5f6071', 'subnet-0a1b2c3d'] },
  }
  const its = databaseProofs(proven, proven.settings, { ...proven.needs, network })

  it('has all that is proven of it, and nothing is proven of a network that the stack does not make', async () => {
    const made = await templateOf({ network })
    const seen = its.map((proof) => ({ says: proof.says, is: proof.template(made) }))
    expect(seen).toEqual(its.map(({ says, is }) => ({ says, is })))
    const types = Object.values(made['Resources'] ?? {}).map((one) => at(one, 'Type'))
    expect(its.map(({ type }) => type).filter((type) => !types.includes(type))).toEqual([])
    expect(types.filter((type) => !its.some((proof) => proof.type === type))).toEqual([])
  })
})
