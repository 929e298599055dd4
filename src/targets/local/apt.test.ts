import { expect, test } from 'vitest'
import { testWorld } from '../../../test/world.ts'
import { bytes } from '../../core/units.ts'
import { installedPackages, parsePreview, progressOf, spaceOf } from './apt.ts'

const said = `Reading package lists...
Building dependency tree...
The following additional packages will be installed:
  libtext-charwidth-perl
Suggested packages:
  filters cowsay-off
The following NEW packages will be installed:
  cowsay libtext-charwidth-perl
  sl
The following packages will be upgraded:
  perl-base
1 upgraded, 3 newly installed, 0 to remove and 129 not upgraded.
Need to get 44.0 kB/1,044 kB of archives.
After this operation, 198 kB of additional disk space will be used.
Do you want to continue? [Y/n] N
Abort.
`

test('reads from apt what would come, over several lines, and how much it is', () => {
  expect(parsePreview(said)).toEqual({
    added: ['cowsay', 'libtext-charwidth-perl', 'sl'],
    upgraded: ['perl-base'],
    removed: [],
    download: '44.0 kB',
    disk: '198 kB',
  })
})

const worldWhereAptSays = (code: number, stdout: string) => ({
  ...testWorld().world,
  run: async () => ({ code, stdout, stderr: '', timedOut: false }),
})

test('knows from apt what packages take on the disk', async () => {
  const space = await spaceOf(['cowsay', 'sl'], worldWhereAptSays(1, said))
  expect(space).toEqual({ unpacked: bytes('198 kB'), fetched: bytes('44 kB') })
})

test('reckons with all packages where apt has no lists yet to say what some of them take', async () => {
  expect((await spaceOf(['nginx'], worldWhereAptSays(100, ''))).unpacked).toEqual(bytes('340 MB'))
})

test('reads nothing from an answer that is about nothing', () => {
  expect(parsePreview('0 upgraded, 0 newly installed.')).toMatchObject({ added: [], download: '0 B', disk: '0 B' })
})

test('counts a package only when it is wholly installed', () => {
  const status = [
    'Package: nginx\nStatus: install ok installed\nVersion: 1.22.1-9',
    'Package: haproxy\nStatus: deinstall ok config-files',
    'Package: etcd-server\nStatus: install ok half-configured',
    'Package: s6\nStatus: hold ok installed',
  ].join('\n\n')
  expect([...installedPackages(status)]).toEqual(['nginx', 's6'])
})

test.each([
  ['Get:12 http://deb.debian.org/debian bookworm/main amd64 nginx amd64 1.22.1-9 [527 kB]', 'fetching nginx'],
  ['Setting up libpq5:amd64 (15.13-0+deb12u1) ...', 'setting up libpq5'],
  ['Unpacking nginx (1.22.1-9) ...', 'unpacking nginx'],
  ['(Reading database ... 55 %', undefined],
])('shows "%s" as %s', (line, progress) => {
  expect(progressOf(line)).toBe(progress)
})
