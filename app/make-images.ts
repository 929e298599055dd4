/**
 * Makes the images that are computed, after the data or the icon changed: `node app/make-images.ts`. Their results are
 * committed, so a build needs neither this nor a browser.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { readGames, sources } from './api/seed-games.ts'
import type { ImportedGame } from './api/import.ts'

const images = join(import.meta.dirname, 'web/images')
const data = join(import.meta.dirname, 'data')
const width = 480
const height = 360
const frame = { left: 52, right: 16, top: 20, bottom: 44 }
/** Chances in steps of 5 %: fine enough to show the line, coarse enough that each point stands for many games. */
const steps = 20

type Point = { readonly chance: number; readonly won: number; readonly games: number }

function calibrationOf(all: readonly ImportedGame[]): readonly Point[] {
  const bins = Array.from({ length: steps }, () => ({ chance: 0, won: 0, games: 0 }))
  for (const { homeProbability, outcome } of all) {
    if (homeProbability === null || outcome === null) continue
    const bin = bins[Math.min(steps - 1, Math.floor(homeProbability * steps))]
    if (!bin) continue
    bin.chance += homeProbability
    bin.won += outcome === 'home' ? 1 : outcome === 'draw' ? 0.5 : 0
    bin.games += 1
  }
  return bins
    .filter((bin) => bin.games >= 10)
    .map((bin) => ({ chance: bin.chance / bin.games, won: bin.won / bin.games, games: bin.games }))
}

const x = (share: number): number => frame.left + share * (width - frame.left - frame.right)
const y = (share: number): number => height - frame.bottom - share * (height - frame.top - frame.bottom)
const at = (number: number): string => number.toFixed(1)

function draw(points: readonly Point[]): string {
  const ticks = [0, 0.25, 0.5, 0.75, 1]
  const most = Math.max(...points.map(({ games }) => games))
  const grid = ticks.map(
    (tick) => `<path d="M${at(x(tick))} ${at(y(0))}V${at(y(1))}M${at(x(0))} ${at(y(tick))}H${at(x(1))}"/>`,
  )
  const labels = ticks.flatMap((tick) => [
    `<text x="${at(x(tick))}" y="${height - frame.bottom + 18}" text-anchor="middle">${tick * 100}</text>`,
    `<text x="${frame.left - 9}" y="${at(y(tick) + 4)}" text-anchor="end">${tick * 100}</text>`,
  ])
  const dots = points.map(
    ({ chance, won, games }) =>
      `<circle cx="${at(x(chance))}" cy="${at(y(won))}" r="${at(3.5 + 8 * Math.sqrt(games / most))}"/>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">
<g stroke="#ffffff" stroke-opacity="0.12" fill="none">${grid.join('')}</g>
<path d="M${at(x(0))} ${at(y(0))}L${at(x(1))} ${at(y(1))}" stroke="#f3c969" stroke-width="1.5" stroke-dasharray="5 5"/>
<g fill="#7ce3b1" fill-opacity="0.85" stroke="#0b3d2e" stroke-width="1.5">${dots.join('')}</g>
<g fill="#cfe5da" font-family="system-ui, sans-serif" font-size="12">${labels.join('')}
<text x="${at(x(0.5))}" y="${height - 8}" text-anchor="middle">forecast for the home team, %</text>
<text transform="translate(13 ${at(y(0.5))}) rotate(-90)" text-anchor="middle">home team won, %</text></g>
</svg>
`
}

const games = readGames(await Promise.all(sources.map((name) => readFile(join(data, name), 'utf8'))))
const points = calibrationOf(games)
await writeFile(join(images, 'calibration.svg'), draw(points))
process.stdout.write(
  `${games.filter(({ homeProbability }) => homeProbability !== null).length} games with a forecast\n`,
)
for (const { chance, won, games: n } of points) process.stdout.write(`${chance.toFixed(3)} ${won.toFixed(3)} ${n}\n`)

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
try {
  const page = await browser.newPage({ viewport: { width: 180, height: 180 } })
  const icon = await readFile(join(images, 'icon.svg'), 'utf8')
  await page.setContent(`<style>body{margin:0}svg{display:block;width:180px}</style>${icon}`)
  await page.screenshot({ path: join(images, 'icon.png'), omitBackground: true })
} finally {
  await browser.close()
}
