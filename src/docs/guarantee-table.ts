import { componentNames, type Guarantee, showBound } from '../core/guarantee.ts'

/** What stands of a promise on one machine, as far as the code can say it without a running instance. */
type Standing = 'proven' | 'never' | 'later'

const words: Readonly<Record<Standing, string>> = {
  proven: '✓',
  never: 'not on one machine',
  later: 'not yet',
}

/**
 * The README's table of promises. `sabotaged`: ids for which a test breaks what runs and sees the check notice; only
 * what was seen to break counts as proven.
 */
export function guaranteeTables(guarantees: readonly Guarantee[], sabotaged: ReadonlySet<string>): string {
  const sections = componentNames.flatMap((component) => {
    const mine = guarantees.filter((guarantee) => guarantee.component === component)
    return mine.length === 0 ? [] : [section(component, mine, sabotaged)]
  })
  return sections.join('\n\n')
}

function standing(guarantee: Guarantee, sabotaged: ReadonlySet<string>): Standing {
  if (guarantee.oneMachine !== undefined) return 'never'
  return sabotaged.has(guarantee.id) ? 'proven' : 'later'
}

function section(component: string, mine: readonly Guarantee[], sabotaged: ReadonlySet<string>): string {
  const proven = mine.filter((guarantee) => standing(guarantee, sabotaged) === 'proven').length
  const rows = mine.map((guarantee) => {
    const name = guarantee.id.slice(component.length + 1)
    const source = guarantee.source === 'document' ? 'document' : 'ours'
    return `| \`${name}\` | ${guarantee.says} | ${showBound(guarantee)} | ${source} | ${words[standing(guarantee, sabotaged)]} |`
  })
  return [
    `**${component}**: ${proven} of ${mine.length} proven on one machine`,
    '',
    '| id | promise | bound | bound from | proven |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}
