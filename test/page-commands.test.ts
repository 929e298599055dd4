import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { allDrills, allGuarantees, allMeasured } from '../infrastructure/compose.ts'
import { alarmsAt } from '../infrastructure/monitoring/alarms.ts'
import { drillNameOf } from '../infrastructure/monitoring/drill-name.ts'
import { everyAsked, ownRules } from '../infrastructure/monitoring/render-rules.ts'
import { monitoringSettings } from '../infrastructure/monitoring/settings.ts'
import { commandOf, refuseWithoutMeaning } from '../src/cli/command.ts'
import { componentsNamed } from '../src/cli/components.ts'
import { verbs } from '../src/cli/verbs.ts'
import { drillsNamed } from '../src/core/drill.ts'
import { messageOf } from '../src/core/errors.ts'

/*
 * What somebody copies out of a page: each command of each page is parsed as the command line would, with its verb, options
 * and arguments, and what it names there is. What stands behind a command has to be a comment of the shell.
 */

const project = resolve(import.meta.dirname, '..')
/** All but the changelog, which also tells of commands that there were. */
const pages = globSync('{*,app/*,app/data/*,docs/*,docs/runbooks/*,infrastructure/*/*}.md', { cwd: project })
  .filter((page) => page !== 'CHANGELOG.md')
  .toSorted()

/** `amid`: in a sentence, where a verb alone is its name. */
type Code = { readonly line: string; readonly amid: boolean }
type Found = Code & { readonly page: string }

/** The lines of blocks, fenced or indented, and what stands in a sentence. */
function codeIn(text: string): readonly Code[] {
  const fenced: string[] = []
  const rest = text.replaceAll(/^( *)```(\w*)\n(.*?)^ *```$/gms, (_, _indent, language: string, block: string) => {
    if (['', 'sh', 'yaml'].includes(language)) fenced.push(...block.split('\n'))
    return ''
  })
  const indented = [...rest.matchAll(/^ {4,}(?![|])\S.*$/gm)].map(([line]) => line)
  const sentences = rest.replaceAll(/^ {4,}(?![|])\S.*$/gm, '')
  const amid = [...sentences.matchAll(/`([^`]+)`/g)].map(([, words = '']) => words.replaceAll(/\s*\n\s*/g, ' '))
  return [
    ...[...fenced, ...indented].map((line) => ({ line: line.trim(), amid: false })),
    ...amid.map((line) => ({ line, amid: true })),
  ]
}

/** The words of a line as a shell has them, up to a comment; what joins two commands is a word of its own. */
const wordsOf = (line: string): readonly string[] =>
  [...line.replace(/(^|\s)#.*$/, '').matchAll(/(?:'[^']*'|"[^"]*"|\\.|[^\s'"|;&>]|&(?!&))+|&&|\|\|?|;|>/g)].map(
    ([word]) =>
      word.replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? ''),
  )

/** Each program of a line with its arguments. */
function programsIn(line: string): readonly (readonly string[])[] {
  const programs: string[][] = [[]]
  for (const word of wordsOf(line)) {
    if (/^(?:&&|\|\|?|;)$/.test(word)) programs.push([])
    else programs.at(-1)?.push(word)
  }
  return programs
}

/** What may stand before a command: a prompt, a line of a pipeline's file, root's rights, a variable, another machine. */
const before = /^(?:\$ |- run: |sudo |\w+=\S* |ssh \S+ )*$/
const isEdge = (word: string): boolean => /^(?:\.{0,2}\/)?(?:[\w.-]+\/)*edge$/.test(word)

/** The arguments of `edge`, where it is the program; without where its output goes. */
function edgeArguments(program: readonly string[]): readonly string[] | undefined {
  const at = program.findIndex(isEdge)
  if (at === -1 || at === program.length - 1) return undefined
  const lead = program.slice(0, at).map((word) => `${word} `)
  const behind = program.slice(at + 1)
  // In a drawing it is nginx in front.
  if (!before.test(lead.join('')) || !/^(?:--)?[a-z]/.test(behind[0] ?? '')) return undefined
  const output = behind.indexOf('>')
  return output === -1 ? behind : behind.slice(0, output)
}

/** Behind `|` of a command stands a program: `edge backup list | verify` is none when it is copied. */
const programs = ['edge', 'grep', 'ssh', 'sort', 'tail']
const found: readonly Found[] = pages.flatMap((page) =>
  codeIn(readFileSync(join(project, page), 'utf8')).map((code) => ({ page, ...code })),
)
const commands = found.flatMap((one) =>
  programsIn(one.line).flatMap((program) => {
    const words = edgeArguments(program)
    return words === undefined ? [] : [{ ...one, words }]
  }),
)
const shown = ({ page, line }: Found): string => `${page}: ${line}`

/** A word in capitals, and what is left out, stand for something that the reader has. */
const isPlaceholder = (word: string): boolean => /^[A-Z]+$/.test(word) || word === '…'

const settings = monitoringSettings.parse({})
const alarmNames = [
  ...alarmsAt(settings, allMeasured).map(({ name }) => name),
  ...ownRules(settings, everyAsked).map(({ alert }) => alert),
].map(drillNameOf)
const ids: readonly string[] = allGuarantees.map(({ id }) => id)

/** Which words a verb knows, where it knows them all; throws where it does not know one. */
const known: Readonly<Record<string, (words: readonly string[]) => void>> = {
  plan: componentsNamed,
  deploy: (words) => componentsNamed(words.filter((word) => !word.endsWith('.json'))),
  destroy: componentsNamed,
  verify: (words) => componentsNamed(words.filter((word) => !ids.includes(word))),
  drill: (words) =>
    requireAll(words, (word) => ['all', 'own', 'due'].includes(word) || drillsNamed(allDrills, word).length > 0),
  silence: (words) => requireAll(words, (word) => /^\d/.test(word) || alarmNames.includes(word)),
}

function requireAll(words: readonly string[], knows: (word: string) => boolean): void {
  const unknown = words.find((word) => !knows(word))
  if (unknown !== undefined) throw new Error(`there is no ${unknown}`)
}

/** Verbs whose first argument is one of the words that their help names. */
const named = [
  'backup',
  'bench',
  'database',
  'load-test',
  'losses',
  'monitoring',
  'notify',
  'releases',
  'restore',
  'secrets',
]

/** What the command line would say of it; undefined where nothing. */
function wrongWith(words: readonly string[]): string | undefined {
  const [name = ''] = words
  if (name.startsWith('--')) return ['--help', '--version'].includes(name) ? undefined : `there is no option ${name}`
  const verb = verbs.find((each) => each.name === name)
  if (!verb) return `there is no verb ${name}`
  if (words.includes('--help')) return undefined
  const program = new Command('edge').exitOverride().configureOutput({ writeErr: () => undefined })
  const command = commandOf(program, verb).exitOverride().configureOutput(program.configureOutput())
  command.action(() => undefined)
  try {
    program.parse([...words], { from: 'user' })
    const given = command.args.filter((word) => !isPlaceholder(word))
    known[name]?.(given)
    if (named.includes(name)) {
      const [first] = verb.arguments ?? []
      const listed: readonly string[] = `${first?.name} ${first?.description}`.match(/[\w-]+/g) ?? []
      requireAll(given.slice(0, 1), (word) => listed.includes(word))
    }
    // A page of AWS leaves the target to its configuration: what has no meaning on either has none.
    const here = refusal(() => refuseWithoutMeaning(verb, command, false))
    return here && refusal(() => refuseWithoutMeaning(verb, command, true))
  } catch (error) {
    return messageOf(error)
  }
}

function refusal(look: () => void): string | undefined {
  try {
    look()
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

describe('a command on a page', () => {
  it('is found on the pages', () => {
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/aws.md', 'docs/runbooks/site-down.md']))
    expect(pages.filter((page) => /^infrastructure\/\w/.test(page)).length).toBeGreaterThanOrEqual(6)
    expect(commands.length).toBeGreaterThan(300)
  })

  it('is one that the command line takes', () => {
    const wrong = commands.flatMap((one) => {
      const isName = one.amid && one.words.length === 1 && verbs.some(({ name }) => name === one.words[0])
      const says = isName ? undefined : wrongWith(one.words)
      return says === undefined ? [] : [`${shown(one)} → ${says}`]
    })
    expect(wrong).toEqual([])
  })

  it('hands what it prints to a program', () => {
    const wrong = found.filter(({ line }) => {
      const [first, ...behind] = programsIn(line)
      return first && edgeArguments(first) && behind.some(([program = '']) => !programs.includes(program))
    })
    expect(wrong.map(shown)).toEqual([])
  })

  it.each([
    ['edge restore --replace', "missing required argument 'what'"],
    ['edge verify databse', 'databse'],
    ['edge verify database.stanby', 'database.stanby'],
    ['edge backup lst', 'there is no lst'],
    ['edge drill pols', 'there is no pols'],
    ['edge status   what runs', 'too many arguments'],
    ['edge up --from first', 'means nothing without --from-sheet'],
    ['edge up --fast', 'unknown option'],
    ['edge upp', 'there is no verb upp'],
  ])('is refused where it is %s', (line, says) => {
    const [program = []] = programsIn(line)
    expect(wrongWith(edgeArguments(program) ?? [])).toContain(says)
  })

  it('is found wherever it stands', () => {
    const text = [
      'In `edge up`, and `edge drill\n  pool`, and `nginx`.',
      '',
      '    tar -c dist | ssh HOST edge publish - --web dist   # from a pipeline',
      '',
      '```sh',
      'cd edge && sudo ./edge prepare   # once',
      '```',
    ].join('\n')
    const seen = codeIn(text).flatMap(({ line }) => programsIn(line).flatMap((program) => [edgeArguments(program)]))
    expect(seen.flatMap((words) => (words ? [words.join(' ')] : [])).toSorted()).toEqual([
      'drill pool',
      'prepare',
      'publish - --web dist',
      'up',
    ])
  })
})
