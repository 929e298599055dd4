import { beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { TemplateContent } from '../../../src/targets/aws/assembly.ts'
import { at, resourceOf } from '../../../src/targets/aws/template.ts'
import { backup } from '../guarantees.ts'
import { weekMs } from './ended-tests.ts'
import { backupProofs } from './proofs.ts'
import { uploadProofs } from './proofs-data.ts'
import { vaultProofs } from './proofs-vault.ts'
import { proven, templatesIn } from '../proofs/test-template.ts'
import { explainsLock, lockForGood } from './vault.ts'
import { backupSettings } from '../settings.ts'

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

  it('is hardly larger than what is sent as it is, as text of the kind that the toolkit sends', () => {
    expect(stringify(template).length).toBeLessThan(56 * 1024)
  })

  it('comes with functions that call a restore test overdue when the promise does', () => {
    expect(weekMs).toBe(backup.verification.atMost.milliseconds)
  })

  it('has no type of resource of which nothing is proven', () => {
    expect(types(template)).toEqual([...new Set(proofs.map(({ type }) => type))].toSorted())
  })
})

describe('a lock in compliance mode', () => {
  const settings = backupSettings.parse({ lock: 'compliance', applicationState: { keep: '2 days' } })
  const least = 2

  it('is in both vaults, for no longer than the shortest rule keeps a backup, and can be lifted for a week', async () => {
    const { backup: main, copies: elsewhere } = await templatesIn(settings)
    const lock = (of: TemplateContent) => at(resourceOf(of, 'Vault'), 'Properties', 'LockConfiguration')
    const wanted = { MinRetentionDays: least, ChangeableForDays: 7 }
    expect([lock(main), lock(elsewhere)]).toEqual([wanted, wanted])
    const seen = vaultProofs(least, 'compliance').map((proof) => [proof.says, proof.template(main), proof.is])
    expect(seen.filter(([, has, is]) => JSON.stringify(has) !== JSON.stringify(is))).toEqual([])
  })

  it('is something that nobody can undo, which a template with a lock of governance has not', () => {
    expect(lockForGood(proven.settings)).toBeUndefined()
    const forGood = lockForGood(settings)
    expect([forGood?.isIn(template), forGood?.isIn({})]).toEqual([false, false])
    expect([forGood?.says]).toEqual(explainsLock(settings))
    expect(explainsLock(settings)[0]).toMatch(/7 days after its deployment nobody can lift it/)
  })

  it('is seen in a template that has it', async () => {
    expect(lockForGood(settings)?.isIn((await templatesIn(settings)).copies)).toBe(true)
  })

  it('is another one, which is confirmed again, where it keeps backups for another time', async () => {
    const longer = backupSettings.parse({ lock: 'compliance', applicationState: { keep: '3 days' } })
    expect(lockForGood(longer)?.isIn((await templatesIn(settings)).copies)).toBe(false)
  })
})

describe('the template of the copies in the other region', () => {
  it.each(vaultProofs(7).map((proof) => [proof.says, proof] as const))('%s', (_says, proof) => {
    expect(proof.template(copies)).toEqual(proof.is)
  })

  it.each(copiedUploads.map((proof) => [proof.says, proof] as const))('of the bucket: %s', (_says, proof) => {
    expect(proof.template(copies)).toEqual(proof.is)
  })

  it('has a vault of a name that AWS Backup takes, for the longest name of an instance; of any that fits it is as it was', async () => {
    const begins = (of: TemplateContent): unknown =>
      at(resourceOf(of, 'Vault'), 'Properties', 'BackupVaultName', 'Fn::Join', 1, 0)
    // Eight characters of the stack's id follow.
    const longest = (await templatesIn(proven.settings, 'x'.repeat(40))).copies
    expect(String(begins(longest)).length + 8).toBe(50)
    expect(begins(copies)).toBe('trial-copies-')
    expect(begins((await templatesIn(proven.settings, 'x'.repeat(34))).copies)).toBe(`${'x'.repeat(34)}-copies-`)
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
