import { expect, test } from 'vitest'
import { classOf, isCompressible, isKept, isUnhashedScript, mayBeKept } from './classes.ts'

test.each([
  ['Vite', '/assets/index-Cupi8YFR.js'],
  ['Vite, with signs in the hash', '/assets/index-B_3-x9Qz.css'],
  ['Vite, without a digit', '/assets/index-BcDeFgHi.js'],
  ['webpack', '/static/js/main.3f2c91ab.chunk-7d1f0c2e9a.js'],
  ['create-react-app', '/static/css/main.e6c13ad2.css'],
  ['esbuild', '/chunk-5FX3QJZK.mjs'],
])('takes a name that %s makes for a hashed one: %s', (_, path) => {
  expect(classOf(path)).toBe('hashed')
})

test.each([
  '/firebase-messaging-sw.js',
  '/service-worker.js',
  '/app.js',
  '/jquery-3.7.1.min.js',
  '/vendor.bundle.js',
  '/my-Component.js',
  '/data-2026.json',
])('does not take a word for a hash: %s', (path) => {
  expect(classOf(path)).toBe('other')
})

test.each([
  ['/logo.svg', 'image'],
  ['/PHOTO.JPG', 'image'],
  ['/assets/nba-a1b2c3d4.webp', 'image'],
  ['/fonts/public-sans.woff2', 'font'],
  ['/index.html', 'other'],
  ['/deep/link', 'other'],
])('%s is of the class %s', (path, name) => {
  expect(classOf(path)).toBe(name)
})

test.each([
  ['/assets/index-Cupi8YFR.js', true],
  ['/assets/nba-a1b2c3d4.webp', true],
  // One in 400 hashes reads like a word: a chunk that is missing breaks a tab.
  ['/assets/index-abcdefgh.js', true],
  ['/report-internal.pdf', false],
  ['/index.html', false],
  // A page that was deleted is gone.
  ['/post-20260101.html', false],
  ['/post-20260101.htm', false],
])('%s stays for open tabs: %s', (path, kept) => {
  expect(mayBeKept(path)).toBe(kept)
})

test.each([
  ['/assets/index-Cupi8YFR.js', true],
  ['/firebase-messaging-sw.js', false],
  ['/admin-settings.css', false],
  ['/bootstrap-datepicker.js', false],
  ['/hero-image-01.jpg', false],
  ['/photo-20240101.jpg', false],
  ['/post-20260101.html', false],
])('%s stands for one content: %s', (path, one) => {
  expect(isKept(path)).toBe(one)
})

test.each([
  ['/_next/static/build1/_buildManifest.js', 'hashed', true],
  ['/_next/static/build1/page.html', 'hashed', true],
  ['_next/static/media/logo.png', 'hashed', true],
  ['/_next/data/page.json', 'other', false],
  ['/a/_next/static/page.js', 'other', false],
  ['/cssx1/app.js', 'other', false],
])('with folders of hashed files, %s is %s, and stays for open tabs: %s', (path, name, kept) => {
  const folders = ['_next/static', 'css.1']
  expect([classOf(path, folders), mayBeKept(path, folders)]).toEqual([name, kept])
})

test.each([
  ['/app.js', true],
  ['/styles.css', true],
  ['/assets/index-abcdefgh.js', false],
  ['/logo.svg', false],
])('%s is a script without a hash: %s', (path, unhashed) => {
  expect(isUnhashedScript(path)).toBe(unhashed)
})

test.each([
  ['index.html', true],
  ['assets/a.JS', true],
  ['logo.svg', true],
  ['feed.atom', true],
  ['table.csv', true],
  ['photo.jpg', false],
  ['font.woff2', false],
])('%s can be compressed: %s', (path, can) => {
  expect(isCompressible(path)).toBe(can)
})
