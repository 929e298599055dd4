import { beforeAll, describe, expect, it } from 'vitest'
import type { TemplateContent } from '../../../src/targets/aws/assembly.ts'
import { at } from '../../../src/targets/aws/template.ts'
import { databaseProofs } from './proofs.ts'
import { proven, templateOf } from './test-template.ts'

let template: TemplateContent = {}
beforeAll(async () => {
  template = await templateOf()
})

const proofs = databaseProofs(proven.name, proven.settings, proven.needs)

describe('the template of the database', () => {
  it.each(proofs.map((proof) => [proof.type, proof.says, proof] as const))('%s: %s', (_type, _says, proof) => {
    expect(proof.template(template)).toEqual(proof.is)
  })

  it('has no type of resource of which nothing is proven', () => {
    const types = new Set(Object.values(template['Resources'] ?? {}).map((one) => at(one, 'Type')))
    expect([...types].toSorted()).toEqual([...new Set(proofs.map(({ type }) => type))].toSorted())
  })
})
