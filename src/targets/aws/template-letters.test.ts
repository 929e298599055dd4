import { expect, it } from 'vitest'
import { requireKeptLetters } from './template-letters.ts'

const template = (value: unknown) => ({
  stack: 'trial-cdn',
  content: { Resources: { Headers: { Properties: value } } },
})

it('a template in ASCII is taken, with line ends and all', () => {
  expect(() => requireKeptLetters(template({ a: ['one\n\ttwo~'], b: 1, c: null }))).not.toThrow()
})

it.each<[string, object, ...string[]]>([
  ['a text', { Policy: ['default-src é.example'] }, '"default-src é.example" has letters beyond ASCII', 'Policy.0'],
  ['a name', { Ü: 1 }, '"Ü" has letters beyond ASCII', 'Properties'],
  ['a text of two code units', { a: '🙂' }, '"🙂" has', 'Properties.a'],
])(
  'a template is refused with another letter in %s, of which CloudFormation answers a question mark',
  (_, value, ...says) => {
    for (const words of says)
      expect(() => requireKeptLetters(template(value))).toThrow(
        expect.objectContaining({ message: expect.stringContaining(words), exitCode: 2 }),
      )
  },
)

it('a long text is shown about the letter', () => {
  const text = `${'a'.repeat(5000)}é${'b'.repeat(5000)}`
  expect(() => requireKeptLetters(template({ text }))).toThrow(`"${'a'.repeat(20)}é${'b'.repeat(19)}"`)
})
