import { expect, test } from 'vitest'
import { asHere } from './as-here.ts'
import { verbs } from './verbs.ts'

const both = { config: 'a.ts', target: 'aws' }

test.each([
  ['a command', ['is it there?', 'edge deploy cdn'], 'with --config a.ts --target aws each time, as here'],
  ['a command that names a target itself', ['edge deploy cdn --target aws'], 'with --config a.ts each time, as here'],
  ['a command of this machine alone', ['edge logs nginx'], 'with --config a.ts each time, as here'],
  ['a command that names both', ['edge plan --target aws --config b.ts'], undefined],
  [
    'the first of two commands that names nothing',
    ['edge releases lists them; edge deploy --config b.ts --target aws'],
    'with --config a.ts --target aws each time, as here',
  ],
  [
    'the second of two commands that names nothing',
    ['edge plan --config b.ts --target aws, then edge deploy'],
    'with --config a.ts --target aws each time, as here',
  ],
  ['no command', ['the edge does not answer'], undefined],
  ['a verb that takes neither', ['edge test'], undefined],
])('%s: what is said of the command line', (_, advice, says) => {
  expect(asHere(both, advice)).toBe(says)
})

test('nothing is said where nothing was named', () => {
  expect(asHere({}, ['edge up', 'edge deploy'])).toBeUndefined()
})

const taking = (option: string) =>
  verbs.map(({ name, options }) => [name, options.some(({ flags }) => flags.startsWith(`--${option} `))] as const)

test.each(taking('config'))('edge %s: whether it takes a configuration is known here, too', (name, takesOne) => {
  expect(asHere({ config: 'a.ts' }, [`edge ${name}`]) !== undefined).toBe(takesOne)
})

test.each(taking('target'))('edge %s: whether it takes a target is known here, too', (name, takesOne) => {
  expect(asHere({ target: 'aws' }, [`edge ${name}`]) !== undefined).toBe(takesOne)
})
