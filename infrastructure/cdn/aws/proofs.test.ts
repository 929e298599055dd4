import { beforeAll, describe, expect, it } from 'vitest'
import type { TemplateContent } from '../../../src/targets/aws/assembly.ts'
import { cdnProofs } from './proofs.ts'
import { provenTemplate } from '../proofs/test-template.ts'

let template: TemplateContent = {}
beforeAll(async () => {
  template = await provenTemplate()
})

describe('the template of the CDN', () => {
  it.each(cdnProofs.map((proof) => [proof.type, proof.says, proof] as const))('%s: %s', (_type, _says, proof) => {
    expect(proof.template(template)).toEqual(proof.is)
  })

  it('has no type of resource of which nothing is proven', () => {
    const types = new Set(Object.values(template['Resources'] ?? {}).map(({ Type: type }) => type))
    expect([...types].toSorted()).toEqual([...new Set(cdnProofs.map(({ type }) => type))].toSorted())
  })
})
