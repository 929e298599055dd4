import type { Chart } from './charts.ts'
import type { Shares } from './processes.ts'
import type { SeenSecond } from './watch.ts'

/** So many lines are told apart by their colours; what else there is, is one line together. */
const mostLines = 6
/** What measures is told apart from what is measured: whether it had time is the first question to each figure. */
const generator = 'k6'

/** What the engines and the database's pool were doing, on the time axis of all other charts; none where nobody looked. */
export function resourceCharts(points: readonly SeenSecond[]): readonly Chart[] {
  const has = (name: keyof SeenSecond) => points.some((point) => point[name] !== undefined)
  return [
    ...(has('byEngine')
      ? [
          {
            title: 'Processor time',
            unit: '% of one processor',
            lines: linesOf(
              points.map(({ byEngine }) => byEngine),
              mostLines - 1,
              generator,
            ),
            atLeast: 100,
          },
        ]
      : []),
    ...(has('busiestThread') && points.some(({ busiestThread = {} }) => Object.keys(busiestThread).length > 0)
      ? [
          {
            title: 'Busiest thread',
            unit: '% of its time',
            lines: linesOf(
              points.map(({ busiestThread }) => busiestThread),
              mostLines,
            ),
            atLeast: 100,
          },
        ]
      : []),
    ...(has('eventLoops')
      ? [
          {
            title: 'Event loop',
            unit: 'ms late',
            lines: linesOf(points.map(({ eventLoops }) => eventLoops)),
            atLeast: 10,
          },
        ]
      : []),
    ...(has('pool')
      ? [
          {
            title: "The database's pool",
            unit: `connections of ${Math.max(...points.map(({ pool }) => pool?.most ?? 0))}`,
            lines: [
              { name: 'in use', values: points.map(({ pool }) => pool?.inUse ?? null) },
              { name: 'waiting for one', values: points.map(({ pool }) => pool?.waiting ?? null) },
            ],
            atLeast: 10,
          },
        ]
      : []),
    ...(has('connections')
      ? [
          {
            title: "PostgreSQL's connections",
            unit: `of ${Math.max(...points.map(({ connections }) => connections?.most ?? 0))}`,
            lines: [{ name: 'open', values: points.map(({ connections }) => connections?.open ?? null) }],
            atLeast: 10,
          },
        ]
      : []),
    ...(has('memory')
      ? [{ title: 'Memory', unit: 'MiB', lines: linesOf(points.map(({ memory }) => memory)), atLeast: 100 }]
      : []),
    ...(has('longestMs')
      ? [
          {
            title: "The oldest of the database's queries",
            unit: 'ms under way',
            lines: [{ name: 'under way', values: points.map(({ longestMs }) => longestMs ?? null) }],
            atLeast: 10,
          },
        ]
      : []),
    ...(has('behindMs')
      ? [
          {
            title: 'The replica behind the primary',
            unit: 'ms',
            lines: [{ name: 'behind', values: points.map(({ behindMs }) => behindMs ?? null) }],
            atLeast: 10,
          },
        ]
      : []),
    ...(has('hitPercent')
      ? [
          {
            title: 'Files from the cache, since the beginning',
            unit: '%',
            lines: [{ name: 'hits', values: points.map(({ hitPercent }) => hitPercent ?? null) }],
            atLeast: 100,
          },
        ]
      : []),
  ]
}

/** The busiest by their peaks, and `always`, however little that is. */
function linesOf(all: readonly (Shares | undefined)[], most = mostLines - 1, always?: string) {
  const peaks = new Map<string, number>()
  for (const shares of all) {
    for (const [name, share] of Object.entries(shares ?? {})) peaks.set(name, Math.max(peaks.get(name) ?? 0, share))
  }
  const byPeak = [...peaks].toSorted(([, one], [, other]) => other - one).map(([name]) => name)
  const own = byPeak.filter((name) => name === always)
  const kept = new Set([...byPeak.filter((name) => name !== always).slice(0, most - own.length), ...own])
  const [shown, rest] = [byPeak.filter((name) => kept.has(name)), byPeak.filter((name) => !kept.has(name))]
  const lines = shown.map((name) => ({ name, values: all.map((shares) => shares?.[name] ?? null) }))
  if (rest.length === 0 || most === mostLines) return lines
  const sum = (shares: Shares | undefined) => shares && rest.reduce((total, name) => total + (shares[name] ?? 0), 0)
  return [...lines, { name: 'all others', values: all.map((shares) => sum(shares) ?? null) }]
}
