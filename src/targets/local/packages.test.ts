import { expect, test } from 'vitest'
import { testWorld } from '../../../test/world.ts'
import { bytes } from '../../core/units.ts'
import type { Found } from './programs.ts'
import { describe, missingPackages, requireVersions, spaceForMissing } from './packages.ts'

const found = (path: string | undefined, version: string | undefined): Found => ({
  need: {
    binary: 'nginx',
    version: { args: ['-v'], pattern: /nginx\/([\d.]+)/, atLeast: '1.18' },
    packages: ['nginx', 'libnginx-mod-http-brotli-filter'],
  },
  path,
  version,
})

test('wants a missing module of a program that is there', () => {
  expect(missingPackages([found('/usr/sbin/nginx', '1.22.1')], new Set(['nginx']))).toEqual([
    'libnginx-mod-http-brotli-filter',
  ])
})

test("wants no package for an operator's own build", () => {
  expect(missingPackages([found('/opt/nginx/sbin/nginx', '1.27.0')], new Set())).toEqual([])
})

test('wants all packages of a missing program, each once', () => {
  const missing = missingPackages([found(undefined, undefined), found(undefined, undefined)], new Set())
  expect(missing).toEqual(['libnginx-mod-http-brotli-filter', 'nginx'])
})

test('names what was found and what is needed when a version is too old', () => {
  expect(() => requireVersions([found('/usr/sbin/nginx', '1.14.2')])).toThrow(
    'nginx is 1.14.2 (/usr/sbin/nginx); 1.18 or newer is needed',
  )
})

test('names the command whose answer holds no version', () => {
  expect(() => requireVersions([found('/opt/nginx', undefined)])).toThrow('does not say its version (/opt/nginx -v)')
})

test('says how much is coming, and names upgrades', () => {
  const plan = { added: ['nginx', 'libssl3'], upgraded: ['perl-base'], removed: [], download: '99 MB', disk: '512 MB' }
  expect(describe(['nginx'], plan).join('\n')).toBe(
    `  installing 1 package and 1 that they need with apt: 99 MB to fetch, 512 MB on disk
  nginx
  upgrades: perl-base
  no daemon is started and no cluster made by them; what runs already is left alone`,
  )
})

test('takes space for missing packages below /usr and for their archives, and none where nothing is missing', async () => {
  const said = 'Need to get 86 MB of archives.\nAfter this operation, 333 MB of additional disk space will be used.\n'
  const world = { ...testWorld().world, run: async () => ({ code: 1, stdout: said, stderr: '', timedOut: false }) }
  expect(await spaceForMissing([], world)).toEqual([])
  expect(await spaceForMissing(['nginx'], world)).toMatchObject([
    { path: '/usr', size: bytes('333 MB') },
    { path: '/var/cache/apt', size: bytes('86 MB') },
  ])
})
