import { beforeAll, describe, expect, it } from 'vitest'
import { brokenIn, unseenIn } from '../../../test/edited-template.ts'
import type { TemplateContent } from '../../../src/targets/aws/assembly.ts'
import { backupProofs } from './proofs.ts'
import { sabotages } from './sabotage.ts'
import { proven, templatesIn } from '../proofs/test-template.ts'

const proofs = backupProofs(proven.where, proven.settings, proven.needs)
let template: TemplateContent = {}
beforeAll(async () => {
  template = (await templatesIn()).backup
})

describe('a template of the backups that was edited', () => {
  it('has nothing broken without an edit', () => {
    expect(brokenIn(proofs, template)).toEqual([])
  })

  it.each(sabotages)('is found out: %s', (_words, edit) => {
    expect(brokenIn(proofs, edit(template))).not.toEqual([])
  })

  it('is found out whichever value is another, but for names and words', () => {
    expect(unseenIn(proofs, template).filter((path) => !promisesNothing.test(path))).toEqual([])
  })
})

const promisesNothing = new RegExp(
  [
    String.raw`^\w+\.(Type|DependsOn\.\d)$`,
    String.raw`\.(Description|AlarmName|BackupPlanName|BackupVaultName|SelectionName|PolicyName)$`,
    String.raw`\.BackupVaultName\.`,
    String.raw`\.(AssumeRolePolicyDocument|PolicyDocument|KeyPolicy)\.Version$`,
    // What a sum is called that nothing else is made of.
    String.raw`\.Metrics\.0\.Id$`,
    // Which plan and which bucket it is of, the emulator's own answers say.
    String.raw`\.(BackupPlanId\.Fn::GetAtt|UploadsPolicy\w*\.Properties\.Bucket).*$`,
    String.raw`^UploadsPolicy\w*\.Properties\.Bucket\.Ref$`,
    // The number of targets and what they are, but not by which name each is called.
    String.raw`^(Restored|TableBackedUp|BeforeBackups|BackupMade|BackupLookedFor)\w*\.Properties\.Targets\.0\.Id$`,
  ].join('|'),
)
