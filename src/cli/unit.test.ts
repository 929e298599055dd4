import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { main } from './main.ts'
import { unitText } from './unit.ts'

const plain = {
  name: 'my-app',
  project: '/opt/edge',
  file: '/srv/my-app/production.config.ts',
  state: '/var/lib/edge/my-app',
  user: undefined,
  environment: { PATH: '/usr/bin:/bin', NO_COLOR: '1' },
}
/** Without what is said to people. */
const linesOf = (text: string): readonly string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

it('starts the instance with the machine, ends it in order, and leaves alone what runs', () => {
  expect(linesOf(unitText(plain))).toEqual([
    '[Unit]',
    'Description=edge: my-app',
    'Wants=network-online.target',
    'After=network-online.target',
    'RequiresMountsFor="/opt/edge" "/srv/my-app" "/var/lib/edge/my-app"',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    'KillMode=process',
    'OOMPolicy=continue',
    'SuccessExitStatus=1',
    'TimeoutStartSec=15min',
    'TimeoutStopSec=5min',
    'Environment="PATH=/usr/bin:/bin"',
    'Environment="NO_COLOR=1"',
    'ExecStart="/opt/edge/edge" up --no-load-test --config "/srv/my-app/production.config.ts"',
    'ExecStop="/opt/edge/edge" down --config "/srv/my-app/production.config.ts"',
    '[Install]',
    'WantedBy=multi-user.target',
  ])
})

it('is one of a person, where no root runs it', () => {
  expect(linesOf(unitText({ ...plain, user: 'alice' }))).toContain('User=alice')
})

it('has paths as systemd reads them', () => {
  const lines = linesOf(unitText({ ...plain, project: '/opt/100% of $edge', file: '/srv/a "$b"\\c/p.ts' }))
  expect(lines).toContain(
    String.raw`ExecStart="/opt/100%% of $edge/edge" up --no-load-test --config "/srv/a \"$$b\"\\c/p.ts"`,
  )
  expect(lines).toContain(String.raw`RequiresMountsFor="/opt/100%% of $edge" "/srv/a \"$b\"\\c" "/var/lib/edge/my-app"`)
})

it('is printed, and nothing else is done', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'unit-'))
  const file = join(folder, 'production.config.ts')
  const text = (target: string) => `export default { target: '${target}', state: '${folder}', site: { static: '.' } }\n`
  try {
    await writeFile(file, text('local'))
    const printed = testWorld({ argv: ['unit', '--config', file] })
    expect([await main(printed.world), printed.stderr()]).toEqual([0, ''])
    expect(printed.stdout()).toContain(`/edge" up --no-load-test --config "${file}"\n`)
    await writeFile(file, text('aws'))
    const refused = testWorld({ argv: ['unit', '--config', file] })
    expect([await main(refused.world), refused.stdout()]).toEqual([2, ''])
    expect(refused.stderr()).toContain('the configuration is for AWS')
  } finally {
    await rm(folder, { recursive: true })
  }
})
