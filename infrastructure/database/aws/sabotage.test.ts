import { beforeAll, describe, expect, it } from 'vitest'
import { brokenIn, unseenIn } from '../../../test/edited-template.ts'
import type { TemplateContent } from '../../../src/targets/aws/assembly.ts'
import { databaseProofs } from './proofs.ts'
import { sabotages } from './sabotage.ts'
import { proven, templateOf } from '../proofs/test-template.ts'

const proofs = databaseProofs(proven, proven.settings, proven.needs)
let template: TemplateContent = {}
beforeAll(async () => {
  template = await templateOf()
})

describe('a template of the database that was edited', () => {
  it('has nothing broken without an edit', () => {
    expect(brokenIn(proofs, template)).toEqual([])
  })

  it.each(sabotages)('is found out: %s', (_words, edit) => {
    expect(brokenIn(proofs, edit(template))).not.toEqual([])
  })

  it('is found out whichever value is another, but for names, words, and what is deleted with nothing in it', () => {
    expect(unseenIn(proofs, template).filter((path) => !promisesNothing.test(path))).toEqual([])
  })
})

/** Types are compared as a whole (proofs.test.ts); only the primary has anything that a policy could keep. */
const promisesNothing = new RegExp(
  [
    String.raw`^\w+\.(Type|DependsOn\.\d)$`,
    String.raw`^(?!Primary)\w+\.(DeletionPolicy|UpdateReplacePolicy)$`,
    String.raw`\.(Description|GroupDescription|DBSubnetGroupDescription|AlarmName|LogGroupName|PolicyName)$`,
    String.raw`\.Properties\.(Tags|Description)\.`,
    String.raw`\.(AssumeRolePolicyDocument|PolicyDocument|ResourcePolicy)\.Version$`,
    // The default group is the only one that a proxy has, and this proxy the only one here.
    String.raw`^PoolProxyTargetGroup\w*\.Properties\.(TargetGroupName|DBProxyName\.Ref)$`,
    String.raw`\.GenerateSecretString\.(GenerateStringKey|ExcludeCharacters)$`,
    String.raw`^SecretAttachment\w*\.Properties\.SecretId\.Ref$`,
    // Of an ARN that is put together, the name at its end alone says which instance it is of.
    String.raw`^Replica\w*\.Properties\.(SourceDBInstanceIdentifier\.|DeletionProtection$|CopyTagsToSnapshot$)`,
    String.raw`^Parameters\w*\.Properties\.Family$`,
    // What a sum is called that nothing else is made of.
    String.raw`\.Metrics\.0\.Id$`,
    // By which EventBridge tells the targets of one rule from each other, and there is one.
    String.raw`^EachMinute\w*\.Properties\.Targets\.\d\.Id$`,
  ].join('|'),
)
