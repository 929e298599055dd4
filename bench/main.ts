import { parseArgs } from 'node:util'
import type { Result } from './result.ts'

/** The rooms that have speeds; loaded when asked for. */
const rooms: Readonly<Record<string, () => Promise<{ measure: () => Promise<readonly Result[]> }>>> = {
  app: () => import('./app.ts'),
  aws: () => import('./aws.ts'),
  cdn: () => import('./cdn.ts'),
  cli: () => import('./cli.ts'),
  database: () => import('./database.ts'),
  local: () => import('./local.ts'),
}

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const chosen = positionals.length > 0 ? positionals : Object.keys(rooms)
const unknown = chosen.filter((name) => !(name in rooms))
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; known are ${Object.keys(rooms).join(', ')}`)
  process.exit(2)
}
const results: Result[] = []
for (const name of chosen) results.push(...((await (await rooms[name]?.())?.measure()) ?? []))
if (values.json) console.log(JSON.stringify(results, undefined, 2))
else for (const line of table(results)) console.log(line)
process.exitCode = results.every(({ met }) => met) ? 0 : 1

function table(all: readonly Result[]): readonly string[] {
  const number = (value: number): string => (Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(0))
  return all.map(({ name, value, unit, goal, met, samples }) => {
    const spread = `${number(Math.min(...samples))} to ${number(Math.max(...samples))}`
    return `${met ? '✓' : '✗'} ${name.padEnd(58)}${number(value).padStart(8)} ${unit.padEnd(8)}${goal.padEnd(9)}(${samples.length} samples, ${spread})`
  })
}
