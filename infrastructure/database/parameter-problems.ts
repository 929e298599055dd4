import { parseBytes, parseDuration } from '../../src/core/units.ts'
import { type PgAddress, serverAnswersWithinMs, withClient } from '../../src/engines/postgres.ts'

/**
 * One row of pg_settings. `unit` is PostgreSQL's own: `8kB`, `ms`; null where the value is a bare one. `waits`: a restart
 * would bring in another value.
 */
export type Setting = {
  readonly name: string
  readonly setting: string
  readonly unit: string | null
  readonly vartype: string
  readonly waits: boolean
}

/**
 * PostgreSQL says `pending_restart`, too, of what is taken out of a file where it had its default value. Patroni does that
 * with `recovery_target` and its like when it is started anew beside a primary that was a standby before.
 */
const waits = `pending_restart and (setting is distinct from boot_val
  or exists (select from pg_file_settings file where file.name = pg_settings.name and not file.applied))`

export const waitsForRestart = 'waits for a restart'

/**
 * What is wrong with the parameters of one running server, in words: one that a hand has set, one that waits for a
 * restart, one that has another value than `expected`. Empty where all of them are in force. Rejects when the server
 * does not answer.
 */
export async function parameterProblems(
  server: PgAddress,
  expected: Readonly<Record<string, unknown>>,
): Promise<readonly string[]> {
  return withClient(
    server,
    async (client) => {
      const byHand = await client.query<{ name: string }>(
        "select distinct name from pg_file_settings where sourcefile like '%/postgresql.auto.conf'",
      )
      const { rows } = await client.query<Setting>(
        `select name, setting, unit, vartype, ${waits} as waits from pg_settings where pending_restart or name = any($1)`,
        [Object.keys(expected)],
      )
      const seen = new Map(rows.map((row) => [row.name, row]))
      return [
        ...byHand.rows.map(({ name }) => `${name} is set by ALTER SYSTEM`),
        ...rows.filter((row) => row.waits).map(({ name }) => `${name} ${waitsForRestart}`),
        ...Object.entries(expected).flatMap(([name, value]) => difference(seen.get(name), name, value)),
      ]
    },
    serverAnswersWithinMs,
  )
}

function difference(seen: Setting | undefined, name: string, wanted: unknown): readonly string[] {
  if (seen === undefined) return [`${name} is unknown to this server`]
  if (sameValue(seen, wanted)) return []
  // PostgreSQL counts in blocks here and there: `1024 kB`, `8192 × 8kB`.
  const unit = seen.unit === null ? '' : `${/^\d/.test(seen.unit) ? ' ×' : ''} ${seen.unit}`
  return [`${name} is ${seen.setting}${unit}, not ${String(wanted)}`]
}

/** Compares a value as the configuration has it, `64MB` or `true`, with what the server uses: `8192` × `8kB`, `on`. */
export function sameValue({ setting, unit, vartype }: Omit<Setting, 'name' | 'waits'>, wanted: unknown) {
  const text = String(wanted).trim()
  switch (vartype) {
    case 'bool':
      return (setting === 'on') === ['on', 'true', 'yes', '1'].includes(text.toLowerCase())
    case 'integer':
      return Number(setting) === Math.round(inUnit(text, unit))
    case 'real':
      return Number(setting) === inUnit(text, unit)
    default:
      return setting.toLowerCase() === text.toLowerCase()
  }
}

/** The number that PostgreSQL makes of a text. NaN, which equals nothing, where the unit is not known here. */
function inUnit(text: string, unit: string | null): number {
  if (unit === null || /^[-+.\d]+$/.test(text)) return Number(text)
  try {
    return unit.endsWith('B')
      ? parseBytes(text).bytes / parseBytes(withNumber(unit)).bytes
      : parseDuration(text.replace(/d$/, 'days')).milliseconds / parseDuration(withNumber(unit)).milliseconds
  } catch {
    return NaN
  }
}

/** PostgreSQL writes `kB` for one of them, `8kB` for eight. */
const withNumber = (unit: string): string => (/^\d/.test(unit) ? unit : `1${unit}`)
