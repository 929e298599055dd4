import { stripVTControlCharacters } from 'node:util'

const atMost = 200
const hidden = '…'

/**
 * The first line of what a program said, for a message of ours: of a page its text, without control characters, no longer
 * than a line, and without what looks like a secret.
 */
export function shortened(text: string): string {
  const isPage = /^\s*</.test(text)
  const plain = isPage ? text.replaceAll(/<(style|script)\b[\s\S]*?<\/\1\s*>|<[^>]*>/gi, ' ') : text
  const lines = stripVTControlCharacters(plain)
    .split(/[\r\n]+/)
    .map((line) => line.replaceAll(/\s+|\p{Cc}+/gu, ' ').trim())
    .filter((line) => line !== '')
  const line = withoutSecrets((isPage ? lines.join(' ') : lines[0]) ?? '')
  return line.length > atMost ? `${line.slice(0, atMost - 1)}…` : line
}

/** Addresses with a password, and what stands after a word that announces a secret. */
const withoutSecrets = (line: string): string =>
  line
    .replaceAll(/(\b[a-z][\w+.-]*:\/\/[^\s:/@]*):[^\s/@]+@/gi, `$1:${hidden}@`)
    .replaceAll(
      /((?:password|passwd|pwd|secret|token|credential|api[ _-]?key|authorization|cookie)\w*["']?\s*[:=]\s*)(?:(?:bearer|basic)\s+)?("[^"]*"?|'[^']*'?|[^\s,;&}]+)/gi,
      `$1${hidden}`,
    )
    .replaceAll(/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${hidden}`)
