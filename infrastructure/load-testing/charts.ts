/** Charts as inline SVG: no script, nothing loaded from elsewhere, readable in print. */

type Line = {
  readonly name: string
  /** One value for each point of the time axis; null where there is none. */
  readonly values: readonly (number | null)[]
}

export type Chart = {
  readonly title: string
  readonly unit: string
  readonly lines: readonly Line[]
  /** Drawn as a dashed line across, where there is one. */
  readonly bound?: { readonly value: number; readonly says: string }
  /** The top of the scale is at least this. */
  readonly atLeast?: number
}

const width = 880
const height = 150
const [left, right, top, bottom] = [52, 12, 8, 22]
/** Of one line of words, with what is free above it. */
const textHeight = 14
/** Of the longest time, in the middle of which it stands on the axis: nearer to the picture's edge it would be cut off. */
const halfText = 24
const inner = { width: width - left - right, height: height - top - bottom }

/** @param seconds the time axis that all charts of a page share */
export function chart({ title, unit, lines, bound, atLeast = 0 }: Chart, seconds: readonly number[]): string {
  const highest = Math.max(atLeast, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0)))
  // A bound far above all that was seen would press the lines to the floor.
  const shown = bound && bound.value <= Math.max(1, highest) * 4 ? bound : undefined
  const scale = niceTop(Math.max(highest, shown?.value ?? 0))
  const last = Math.max(1, seconds.at(-1) ?? 1)
  const x = (second: number): number => left + (inner.width * second) / last
  const y = (value: number): number => top + inner.height * (1 - value / scale)
  const legend = lines.map(({ name }, index) => `<span><i class="line${index}"></i>${escapeHtml(name)}</span>`).join('')
  return `<figure><figcaption><b>${escapeHtml(title)}</b> <small>${escapeHtml(unit)}</small>${lines.length > 1 ? `<span class="legend">${legend}</span>` : ''}</figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(describe(title, unit, lines))}">
${[0, 0.5, 1].map((share) => horizontal(y(share * scale), format(share * scale))).join('')}
${ticks(last)
  .map(
    (second) =>
      `<text class="tick" x="${x(second)}" y="${height - 6}" text-anchor="${width - x(second) < halfText ? 'end' : 'middle'}">${clock(second)}</text>`,
  )
  .join('')}
${shown ? boundLine(y(shown.value), shown.says) : ''}
${lines.map(({ values }, index) => path(values, seconds, x, y, index)).join('')}
</svg></figure>`
}

const describe = (title: string, unit: string, lines: readonly Line[]): string =>
  `${title}: ${lines.map(({ name, values }) => `${name} up to ${format(Math.max(0, ...values.map((value) => value ?? 0)))} ${unit}`).join(', ')}`

const horizontal = (y: number, says: string): string =>
  `<line class="grid" x1="${left}" x2="${width - right}" y1="${y}" y2="${y}"/><text class="tick" x="${left - 6}" y="${y + 4}" text-anchor="end">${says}</text>`

/** Its words stand above the line; below it where it is the top of the scale, and they would be cut off by the picture's edge. */
function boundLine(y: number, says: string): string {
  const words = y - textHeight < 0 ? y + textHeight : y - 4
  return `<line class="bound" x1="${left}" x2="${width - right}" y1="${y}" y2="${y}"/><text class="tick boundText" x="${width - right}" y="${words}" text-anchor="end">${escapeHtml(says)}</text>`
}

function path(
  values: readonly (number | null)[],
  seconds: readonly number[],
  x: (second: number) => number,
  y: (value: number) => number,
  index: number,
): string {
  const there = (place: number): boolean => typeof values[place] === 'number'
  const drawn = values.map((value, place) => {
    if (value === null) return { move: '', dot: '' }
    const [at, high] = [x(seconds[place] ?? 0).toFixed(1), y(value).toFixed(1)]
    // A value that stands alone makes no line.
    const alone = !there(place - 1) && !there(place + 1)
    const dot = alone ? `<circle class="line${index}" cx="${at}" cy="${high}" r="1.5"/>` : ''
    return { move: `${there(place - 1) ? 'L' : 'M'}${at} ${high}`, dot }
  })
  return `<path class="line${index}" d="${drawn.map(({ move }) => move).join('')}"/>${drawn.map(({ dot }) => dot).join('')}`
}

/** 1, 2 or 5 times a power of ten, not below the value. */
function niceTop(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return power * ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10)
}

/** About six round times. */
function ticks(last: number): readonly number[] {
  const step = [5, 10, 15, 30, 60, 120, 300, 600, 900].find((size) => last / size <= 7) ?? 1800
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, index) => index * step)
}

const clock = (second: number): string => (second < 120 ? `${second} s` : `${Math.round((second / 60) * 10) / 10} min`)

const format = (value: number): string =>
  value >= 1000 ? `${Math.round(value / 100) / 10}k` : String(Math.round(value * 10) / 10)

export const escapeHtml = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
