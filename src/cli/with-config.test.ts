import { expect, test } from 'vitest'
import { verbs } from './verbs.ts'
import { withConfig } from './with-config.ts'

test.each([
  ['a command', ['is it there?', 'edge deploy cdn --target aws'], 'with --config a.ts each time, as here'],
  ['a command that names a configuration itself', ['edge up --config b.ts'], undefined],
  ['no command', ['the edge does not answer'], undefined],
])('%s: what is said of the configuration that was named', (_, advice, says) => {
  expect(withConfig('a.ts', advice)).toBe(says)
})

test('nothing is said where none was named', () => {
  expect(withConfig(undefined, ['edge up'])).toBeUndefined()
})

test.each(verbs.map(({ name, options }) => [name, options.some(({ flags }) => flags.startsWith('--config'))] as const))(
  'edge %s: whether it takes a configuration is known here, too',
  (name, takesOne) => {
    expect(withConfig('a.ts', [`edge ${name}`]) !== undefined).toBe(takesOne)
  },
)
