import { expect, test } from 'vitest'
import { exampleInstance } from '../../test/example-instance.ts'
import { backupPaths } from './paths.ts'
import { readSheet, sharedLoss, sheetOf, sheetText } from './recovery-sheet.ts'
import { backupSettings } from './settings.ts'

const paths = backupPaths(exampleInstance, backupSettings.parse({ secondRepository: '/mnt/backup' }))
const sheet = sheetOf(
  { paths, state: exampleInstance.state },
  {
    instance: 'my-app',
    madeAt: '2026-11-29T06:00:00.000Z',
    edge: '0.2.0',
    programs: { PostgreSQL: '15', pgBackRest: '2.45', restic: '0.14.0' },
    secrets: exampleInstance.secrets,
    configuration: { file: '/srv/my-app/production.config.ts', text: 'export default {}\n' },
  },
)
const text = sheetText(sheet)

test('is read as it was written, also where a person added lines around it', () => {
  const { configuration: _, ...rest } = sheet
  expect(readSheet(`kept in the safe\n${text}\nsigned: A.\n`, 'sheet')).toEqual(rest)
})

test('has the key, the repositories, the configuration and the commands in their order', () => {
  expect(text).toContain(paths.files[0].key)
  expect(text).toMatch(/2 {2}\/mnt\/backup\n/)
  expect(text).toContain('export default {}')
  const commands = [
    'Mount the disk',
    './edge up --from-sheet',
    './edge verify',
    'pgbackrest --stanza=edge',
    'restic --repo',
  ]
  const places = commands.map((command) => text.indexOf(command))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(places).not.toContain(-1)
})

test('leads by itself to a repository in a bucket, and has no credentials of it', () => {
  const s3 = { credentialsFile: '/etc/edge/s3', region: 'eu-central-1', ca: '/etc/edge/ca.crt' }
  const settings = backupSettings.parse({ secondRepository: 'https://s3.example.com:9000/backups/my-app', s3 })
  const inBucket = { paths: backupPaths(exampleInstance, settings), state: exampleInstance.state }
  const told = sheetText(sheetOf(inBucket, sheet))
  expect(told).toContain(
    '--repo1-type=s3 --repo1-s3-endpoint=s3.example.com --repo1-storage-port=9000 --repo1-s3-bucket=backups --repo1-s3-region=eu-central-1 --repo1-s3-uri-style=path --repo1-storage-ca-file=/etc/edge/ca.crt --repo1-path=/my-app/database',
  )
  expect(told).toContain('restic --repo s3:https://s3.example.com:9000/backups/my-app/files -o s3.region=eu-central-1')
  expect(told).toContain('Write the credentials of the bucket into the file')
  expect(readSheet(told, 'sheet').s3).toEqual(s3)
})

test('says which commit of edge it was, and where it is got', () => {
  const clone = { commit: '0123abcd', from: 'https://git.example.com/edge.git', isChanged: false }
  expect(text).toContain('1. Get edge 0.2.0. Save')
  expect(sheetText({ ...sheet, clone })).toContain(
    '1. Get edge 0.2.0 (commit 0123abcd of https://git.example.com/edge.git). Save',
  )
  expect(sheetText({ ...sheet, clone: { commit: '0123abcd', isChanged: true } })).toContain(
    '1. Get edge 0.2.0 (commit 0123abcd, and what is not committed). Save',
  )
  expect(readSheet(sheetText({ ...sheet, clone }), 'sheet').clone).toEqual(clone)
})

test('warns where both repositories are lost with the machine', () => {
  const own = { ...sheet, repositories: [`${sheet.state}/backup/repository`, `${sheet.state}/backup/second`] }
  const says = "both repositories lie on this machine's disk and are lost with it: set backup.secondRepository"
  expect(sharedLoss(own)).toBe(says)
  expect(sheetText(own)).toContain(`WARNING        ${says}`)
  expect([sharedLoss(sheet), text.includes('WARNING')]).toEqual([undefined, false])
})

test.each([
  ['another file', 'something else'],
  ['one that is cut off', text.slice(0, text.indexOf('-----END'))],
  ['one whose key is gone', text.replace(/"key": .*/, '')],
])('refuses %s', (_, given) => {
  expect(() => readSheet(given, '/mnt/usb/sheet')).toThrow('/mnt/usb/sheet is no whole recovery sheet')
})
