import { expect, it } from 'vitest'
import { assetsNamedIn } from './assets.ts'

it('finds what a browser loads with a page, each once', () => {
  const page = `<link rel="icon" href="/assets/icon-1.svg"><link href='/assets/a-2.css' rel=stylesheet>
    <script type="module" src="/assets/index-3.js"></script><link rel="modulepreload" href="/assets/index-3.js">`
  expect(assetsNamedIn(page, '/')).toEqual(['/assets/icon-1.svg', '/assets/a-2.css', '/assets/index-3.js'])
})

it('finds the fonts and images of a style sheet', () => {
  expect(assetsNamedIn('@font-face{src:url(/assets/f.woff2)}body{background:url("/b.png?v=1")}', '/a.css')).toEqual([
    '/assets/f.woff2',
    '/b.png?v=1',
  ])
})

it('leaves out other pages and other sites', () => {
  expect(assetsNamedIn('<a href="/odds">odds</a><script src="//cdn.example/x.js"></script>', '/')).toEqual([])
  const style = 'a{b:url(data:image/svg+xml,x.svg)}c{d:url(https://cdn.example/x.woff2)}'
  expect(assetsNamedIn(style, '/a.css')).toEqual([])
})

it.each([
  ['./assets/a.js', '/', '/assets/a.js'],
  ['assets/a.js', '/shop/index.html?from=a/b', '/shop/assets/a.js'],
  ['../fonts/f.woff2', '/assets/css/a.css', '/assets/fonts/f.woff2'],
  ['../../../f.woff2', '/assets/a.css', '/f.woff2'],
  ['paper.png?v=a/b.png', '/assets/a.css', '/assets/paper.png?v=a/b.png'],
])('finds %s, named by %s, at %s', (named, at, path) => {
  expect(assetsNamedIn(`<img src="${named}">a{b:url('${named}')}`, at)).toEqual([path])
})
