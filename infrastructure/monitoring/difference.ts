import { isDeepStrictEqual } from 'node:util'

/** Where what is wanted is not there, as a path; Alertmanager adds its defaults, and shows no secret. */
export function difference(wanted: unknown, has: unknown, path = ''): string | undefined {
  // An empty text is left out.
  if (has === '<secret>' || (wanted === '' && has === undefined)) return undefined
  if (Array.isArray(wanted)) {
    if (!Array.isArray(has) || has.length !== wanted.length) return path
    return firstOf(wanted.map((one, index) => difference(one, has[index], `${path}[${index}]`)))
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof has !== 'object' || has === null) return path
    return firstOf(
      Object.entries(wanted).map(([name, one]) =>
        difference(one, Reflect.get(has, name), path ? `${path}.${name}` : name),
      ),
    )
  }
  return isDeepStrictEqual(wanted, has) || isSameTime(wanted, has) ? undefined : path
}

const firstOf = (found: readonly (string | undefined)[]): string | undefined => found.find((one) => one !== undefined)

/** `14400s` is `4h` to Alertmanager. */
function isSameTime(wanted: unknown, has: unknown): boolean {
  const [one, other] = [wanted, has].map(inMs)
  return one !== undefined && one === other
}

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

function inMs(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^(\d+(ms|[smhdw]))+$/.test(text)) return undefined
  return [...text.matchAll(/(\d+)(ms|[smhdw])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (new Map(Object.entries(unitMs)).get(unit ?? '') ?? 0),
    0,
  )
}
