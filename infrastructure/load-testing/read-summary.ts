import { readFile } from 'node:fs/promises'
import type { Summary } from './judge.ts'

/**
 * What k6 wrote at its end; undefined where it wrote nothing, or only a part of it on a disk that was full. A throw inside
 * k6's handleSummary is only logged: whether the file is there, and whole, is what counts.
 */
export async function readSummary(path: string): Promise<Summary | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  try {
    // Written by k6 with handleSummary's data.
    return JSON.parse(text) as Summary
  } catch {
    return undefined
  }
}
