import { isDeepStrictEqual } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import type { TemplateContent } from '../../../src/targets/aws/assembly.ts'
import { edited, leaves } from '../../../test/template-edit.ts'
import type { Proof } from './proof.ts'
import { cdnProofs } from './proofs.ts'
import { sabotages } from './sabotage.ts'
import { provenTemplate } from '../proofs/test-template.ts'

let template: TemplateContent = {}
beforeAll(async () => {
  template = await provenTemplate()
})

/** What does not hold of a template any more: a proof that does not find its resource does not hold, either. */
const broken = (of: TemplateContent): readonly string[] =>
  cdnProofs.filter((proof) => !holds(proof, of)).map(({ says }) => says)

function holds({ template: seen, is }: Proof, of: TemplateContent): boolean {
  try {
    return isDeepStrictEqual(seen(of), is)
  } catch {
    return false
  }
}

describe('a template that was edited', () => {
  it('has nothing broken without an edit', () => {
    expect(broken(template)).toEqual([])
  })

  it.each(sabotages)('is found out: %s', (_words, edit) => {
    expect(broken(edit(template))).not.toEqual([])
  })

  it('is found out whichever value is another, but for types, names, comments and the policies’ language', () => {
    const other = (value: unknown): unknown =>
      typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : `${String(value)}, edited`
    const unseen = leaves(template['Resources'])
      .map((path) => ['Resources', ...path])
      .filter((path) => {
        const one = edited(template, path, other)
        return cdnProofs.every((proof) => holds(proof, one))
      })
    expect(unseen.map((path) => path.slice(2).join('.')).filter((path) => !promisesNothing.test(path))).toEqual([])
  })
})

/** The types are compared as a whole (proofs.test.ts), the names that begin with the instance's are (stack.test.ts). */
const promisesNothing =
  /^Type$|^DependsOn\.\d$|^Properties\.(\w+Config\.)?(Name|Comment|Description|PolicyName|AlarmName|Targets\.\d\.Id|Metrics\.0\.Id)$|\.(AssumeRole)?PolicyDocument\.(Version|Statement\.\d\.Sid)$/
