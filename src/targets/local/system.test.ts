import { expect, test } from 'vitest'
import { parseOsRelease, recognise } from './system.ts'

const debian12 = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'
const here = { platform: 'linux', architecture: 'x64' }

test('reads quoted and bare fields', () => {
  expect(parseOsRelease(debian12)).toMatchObject({ ID: 'debian', VERSION_ID: '12' })
})

test('recognises Debian 12', () => {
  expect(recognise({ ...here, osRelease: debian12 })).toMatchObject({ name: 'Debian 12' })
})

test('names another release by its own words', () => {
  const osRelease = debian12.replaceAll('12', '11')
  expect(recognise({ ...here, osRelease })).toBe('Debian GNU/Linux 11 (bookworm)')
})

test('names another architecture', () => {
  expect(recognise({ ...here, architecture: 'arm64', osRelease: debian12 })).toContain('arm64')
})

test('names a machine without an os-release file by its platform', () => {
  expect(recognise({ platform: 'darwin', architecture: 'arm64', osRelease: '' })).toBe('darwin on arm64')
})
