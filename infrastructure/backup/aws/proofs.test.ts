import { beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { TemplateContent } from '../../../src/targets/aws/assembly.ts'
import { at } from '../../../src/targets/aws/template.ts'
import { backup } from '../guarantees.ts'
import { weekMs } from './ended-tests.ts'
import { backupProofs } from './proofs.ts'
import { uploadProofs } from './proofs-data.ts'
import { vaultProofs } from './proofs-vault.ts'
import { proven, templatesIn } from './test-template.ts'

let template: TemplateContent = {}
let copies: TemplateContent = {}
beforeAll(async () => {
  const both = await templatesIn()
  template = both.backup
  copies = both.copies
})

const proofs = backupProofs(proven.where, proven.settings, proven.needs)
/** Those of the uploads hold for their copies. */
const copiedUploads = uploadProofs({ infrequentAccess: 30, archive: 90, expiry: 365 })
const types = (of: TemplateContent): readonly unknown[] =>
  [...new Set(Object.values(of['Resources'] ?? {}).map((one) => at(one, 'Type')))].toSorted()

describe('the template of the backups', () => {
  it.each(proofs.map((proof) => [proof.type, proof.says, proof] as const))('%s: %s', (_type, _says, proof) => {
    expect(proof.template(template)).toEqual(proof.is)
  })

  it('is small enough to be sent as it is, as text of the kind that the toolkit sends', () => {
    expect(stringify(template).length).toBeLessThan(50 * 1024)
  })

  it('comes with functions that call a restore test overdue when the promise does', () => {
    expect(weekMs).toBe(backup.verification.atMost.milliseconds)
  })

  it('has no type of resource of which nothing is proven', () => {
    expect(types(template)).toEqual([...new Set(proofs.map(({ type }) => type))].toSorted())
  })
})

describe('the template of the copies in the other region', () => {
  it.each(vaultProofs(7).map((proof) => [proof.says, proof] as const))('%s', (_says, proof) => {
    expect(proof.template(copies)).toEqual(proof.is)
  })

  it.each(copiedUploads.map((proof) => [proof.says, proof] as const))('of the bucket: %s', (_says, proof) => {
    expect(proof.template(copies)).toEqual(proof.is)
  })

  it('has the vault, its key and the bucket alone', () => {
    expect(types(copies)).toEqual([
      'AWS::Backup::BackupVault',
      'AWS::KMS::Key',
      'AWS::S3::Bucket',
      'AWS::S3::BucketPolicy',
    ])
  })
})
