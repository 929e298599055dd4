import { roomNames } from '../../infrastructure/rooms.ts'
import { type Guarantee, showBound } from '../core/guarantee.ts'

/** What stands of a promise on one machine, as far as the code can say it without a running instance. */
type Standing = 'proven' | 'never' | 'later'

const words: Readonly<Record<Standing, string>> = {
  proven: '✓',
  never: 'not on one machine',
  later: 'not yet',
}

/**
 * The README's table of promises. `sabotaged`: ids for which a test breaks what runs and sees the check notice; only
 * what was seen to break counts as proven. `never`: ids of what one machine cannot keep.
 */
export function guaranteeTables(
  guarantees: readonly Guarantee[],
  ids: { readonly sabotaged: ReadonlySet<string>; readonly never: ReadonlySet<string> },
): string {
  const sections = roomNames.flatMap((component) => {
    const mine = guarantees.filter((guarantee) => guarantee.component === component)
    return mine.length === 0 ? [] : [section(component, mine, ids)]
  })
  return sections.join('\n\n')
}

type Ids = Parameters<typeof guaranteeTables>[1]

function standing({ id }: Guarantee, { sabotaged, never }: Ids): Standing {
  if (never.has(id)) return 'never'
  return sabotaged.has(id) ? 'proven' : 'later'
}

function section(component: string, mine: readonly Guarantee[], ids: Ids): string {
  const proven = mine.filter((guarantee) => standing(guarantee, ids) === 'proven').length
  const rows = mine.map((guarantee) => {
    const name = guarantee.id.slice(component.length + 1)
    const source = guarantee.source === 'document' ? 'document' : 'ours'
    return `| \`${name}\` | ${guarantee.says} | ${showBound(guarantee)} | ${source} | ${words[standing(guarantee, ids)]} |`
  })
  return [
    `**${component}**: ${proven} of ${mine.length} proven on one machine`,
    '',
    '| id | promise | bound | bound from | proven |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}
