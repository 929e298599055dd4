import { expect, it } from 'vitest'
import { assetsNamedIn } from './assets.ts'

it('finds what a browser loads with a page, each once', () => {
  const page = `<link rel="icon" href="/assets/icon-1.svg"><link href='/assets/a-2.css' rel=stylesheet>
    <script type="module" src="/assets/index-3.js"></script><link rel="modulepreload" href="/assets/index-3.js">`
  expect(assetsNamedIn(page)).toEqual(['/assets/icon-1.svg', '/assets/a-2.css', '/assets/index-3.js'])
})

it('finds the fonts and images of a style sheet', () => {
  expect(assetsNamedIn('@font-face{src:url(/assets/f.woff2)}body{background:url("/b.png?v=1")}')).toEqual([
    '/assets/f.woff2',
    '/b.png?v=1',
  ])
})

it('leaves out other pages and other sites', () => {
  expect(assetsNamedIn('<a href="/odds">odds</a><script src="//cdn.example/x.js"></script>')).toEqual([])
})
