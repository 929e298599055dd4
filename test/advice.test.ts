import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { distance } from 'fastest-levenshtein'
import { parseSync } from 'vite'
import { describe, expect, it } from 'vitest'
import { allGuarantees } from '../infrastructure/compose.ts'
import { roomNames } from '../infrastructure/rooms.ts'
import { asHere } from '../src/cli/as-here.ts'
import { verbs } from '../src/cli/verbs.ts'

/*
 * What checks, errors and steps advise is text. Every text of the program is read here, and each command in it is held
 * against the verbs that there are, also as it is typed where the command line named a configuration or a target.
 */

const project = resolve(import.meta.dirname, '..')
const files = globSync('{src,infrastructure}/**/*.ts', { cwd: project }).filter(
  // What only tests reach advises nobody.
  (file) => !/\.test\.ts$|\/proofs\/|\/test-[^/]*$/.test(file),
)

/** Every text of a file: its string literals, and its templates with VALUE where they have a value. */
function textsOf(file: string): readonly string[] {
  const texts: string[] = []
  JSON.stringify(parseSync(file, readFileSync(join(project, file), 'utf8')).program, (_, node: unknown) => {
    if (typeof node === 'object' && node !== null && 'type' in node) {
      if (node.type === 'Literal' && 'value' in node && typeof node.value === 'string') texts.push(node.value)
      if (node.type === 'TemplateLiteral' && 'quasis' in node && Array.isArray(node.quasis))
        texts.push(
          node.quasis.map((part: { readonly value: { readonly cooked: string } }) => part.value.cooked).join('VALUE'),
        )
    }
    return typeof node === 'bigint' ? String(node) : node
  })
  return texts
}

/** A command in a text: its verb, and what is behind it up to the next one or the end of the clause. */
type Advised = { readonly file: string; readonly verb: string; readonly rest: string; readonly text: string }

const commandsIn = (file: string, text: string): readonly Advised[] =>
  [...text.matchAll(/(?<![\w@-])edge ([a-z][a-z-]*)((?:(?!\bedge )[^;:\n)`])*)/g)].map(([, verb = '', rest = '']) => ({
    file,
    verb,
    rest,
    text,
  }))

const known = new Map(verbs.map((verb) => [verb.name, verb]))
const optionsOf = (verb: string) => known.get(verb)?.options ?? []
const longOf = (flags: string): string => /--[a-z0-9-]+/.exec(flags)?.[0] ?? ''
const takes = (verb: string, option: string): boolean =>
  option === '--help' || optionsOf(verb).some(({ flags }) => longOf(flags) === option)
const optionsIn = (rest: string): readonly string[] => rest.match(/(?<=\s)--[a-z][a-z0-9-]*/g) ?? []

const found = files.flatMap((file) => textsOf(file).flatMap((text) => commandsIn(file, text)))
const commands = found.filter(({ verb }) => known.has(verb))
const shown = ({ file, text }: Advised): string => `${file}: ${text}`

/** Behind the word `edge` where it is the program, nginx in front or a name of the database, and no command. */
const prose = 'authorization brings cannot does for itself load local looks puts runs says sets to whose'.split(' ')

describe('a command that is advised', () => {
  it('is found in the texts of the program', () => {
    expect(commands.length).toBeGreaterThan(400)
  })

  it('names a verb that there is', () => {
    expect(found.filter(({ verb }) => !known.has(verb) && !prose.includes(verb)).map(shown)).toEqual([])
  })

  it('has options that the verb takes', () => {
    const wrong = commands.filter(({ verb, rest }) => optionsIn(rest).some((option) => !takes(verb, option)))
    expect(wrong.map(shown)).toEqual([])
  })

  it('names AWS where an option means nothing elsewhere', () => {
    const ofAws = (verb: string): readonly string[] =>
      optionsOf(verb).flatMap(({ flags, only }) => (only && 'on' in only && only.on === 'aws' ? [longOf(flags)] : []))
    const wrong = commands.filter(
      ({ verb, rest }) =>
        optionsIn(rest).some((option) => ofAws(verb).includes(option)) && !rest.includes('--target aws'),
    )
    expect(wrong.map(shown)).toEqual([])
  })

  it('names no room and no guarantee that there is not', () => {
    const ids: readonly string[] = allGuarantees.map(({ id }) => id)
    const isMistyped = (word: string): boolean => roomNames.some((name) => distance(word, name) === 1)
    const wrong = commands
      .filter(({ verb }) => ['plan', 'deploy', 'verify', 'destroy'].includes(verb))
      .filter(({ rest }) => {
        const named = rest.match(/(?<=\s)[a-z][A-Za-z]{3,}(?![\w.])/g) ?? []
        const guarantees = rest.match(/(?<=\s)[a-z][A-Za-z]+\.[a-z][A-Za-z]+/g) ?? []
        const isOfRoom = (id: string): boolean => roomNames.some((name) => id.startsWith(`${name}.`))
        return named.some(isMistyped) || guarantees.some((id) => isOfRoom(id) && !ids.includes(id))
      })
    expect(wrong.map(shown)).toEqual([])
  })

  it('has the word without which its verb does not run', () => {
    const wrong = commands.filter(({ verb, rest }) => {
      const [first] = known.get(verb)?.arguments ?? []
      if (!first?.name.startsWith('<') || rest.includes('--help')) return false
      const [word = ''] = rest.trim().split(/\s+/)
      if (word === '') return true
      return first.name === '<what>' && word !== 'VALUE' && !first.description.match(/\w+/g)?.includes(word)
    })
    expect(wrong.map(shown)).toEqual([])
  })

  it('is followed by the configuration and the target that the command line named, where it takes them and lacks them', () => {
    const meant = (one: Advised, option: '--config' | '--target', given: string): readonly string[] =>
      commandsIn(one.file, one.text).some(
        ({ verb, rest }) => known.has(verb) && takes(verb, option) && !rest.includes(option),
      )
        ? [`${option} ${given}`]
        : []
    const reminders = commands.map((one) => {
      const parts = [...meant(one, '--config', 'other.ts'), ...meant(one, '--target', 'aws')]
      return {
        text: shown(one),
        said: asHere({ config: 'other.ts', target: 'aws' }, [one.text]),
        meant: parts.length === 0 ? undefined : `with ${parts.join(' ')} each time, as here`,
      }
    })
    expect(reminders.filter(({ said, meant: wanted }) => said !== wanted)).toEqual([])
  })

  it('names its target where what advises it is of AWS alone', () => {
    const ofAws = commands.filter(({ file }) => /\/aws\/|-on-aws\.ts$/.test(file))
    const wrong = ofAws.filter(({ verb, rest }) => !takes(verb, '--target') || !rest.includes('--target aws'))
    expect(ofAws.length).toBeGreaterThan(30)
    expect(wrong.map(shown)).toEqual([])
  })
})
