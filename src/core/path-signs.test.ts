import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { inShell, oddSignIn } from './path-signs.ts'

it.each([
  ['/srv/restored-1_a.b+c@d~', undefined],
  ['/srv/wiederhergestellt-für-Zoë', undefined],
  ["/srv/it's", "'"],
  ['/srv/$(id)', '$'],
  ['/srv/two words', ' '],
  [String.raw`/srv/a\b`, '\\'],
  ['/srv/a\nb', '\n'],
])('of %j the first odd sign is %j, and a shell takes it for one word', (path, odd) => {
  expect(oddSignIn(path)).toBe(odd)
  expect(execFileSync('sh', ['-c', `printf %s ${inShell(path)}`], { encoding: 'utf8' })).toBe(path)
})
