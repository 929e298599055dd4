import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { imageTypeOf } from './image-type.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

test('knows the three kinds by their first bytes', () => {
  expect(imageTypeOf(bytes('\x89PNG\r\n\x1a\n…'))).toBe('image/png')
  expect(imageTypeOf(bytes('\xff\xd8\xff\xe0…'))).toBe('image/jpeg')
  expect(imageTypeOf(bytes('RIFF\x10\0\0\0WEBPVP8 '))).toBe('image/webp')
})

test('knows a real file', async () => {
  expect(imageTypeOf(await readFile(join(import.meta.dirname, '../web/images/icon.png')))).toBe('image/png')
})

test('refuses everything else', () => {
  for (const other of ['', '\x89PN', '<svg xmlns=""/>', 'GIF89a', 'RIFF\x10\0\0\0WAVEfmt ', '<!doctype html>'])
    expect(imageTypeOf(bytes(other))).toBeUndefined()
})
