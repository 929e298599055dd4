type Values = Readonly<Record<string, number>>

/** Whether figures meet a bound as k6 writes one: `p(95)<500`, `count>=8`. A figure that is not there meets none. */
export function meets(bound: string, values: Values): boolean {
  const [, name = '', sign, limit] = /^([\w()]+)(<=|>=|<|>)([\d.]+)$/.exec(bound) ?? []
  const value = values[name]
  if (value === undefined || limit === undefined) return false
  const against = Number(limit)
  if (sign === '<') return value < against
  if (sign === '>') return value > against
  return sign === '<=' ? value <= against : value >= against
}
