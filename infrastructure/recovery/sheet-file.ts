import { spawn } from 'node:child_process'
import { access, constants, lstat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { exit, OperatorError } from '../../src/core/errors.ts'
import { ownNode } from '../../src/core/process.ts'

const program = join(import.meta.dirname, 'write-sheet.ts')

/** A file for the sheet. Nothing is made or changed before `write`, and then as a whole; `end` is for every case. */
export type SheetFile = { readonly write: (text: string) => Promise<void>; readonly end: () => Promise<void> }

/**
 * Whoever this process is now writes it later, by a program of its own that waits for the text: root is given up before there
 * is one, and only root may put a file into its folders. Throws OperatorError for a place that is none.
 */
export async function sheetFile(file: string): Promise<SheetFile> {
  await requirePlace(file)
  const writer = spawn(ownNode, [program, file], { stdio: ['pipe', 'ignore', 'pipe'] })
  // It says itself why it has ended.
  writer.stdin.on('error', () => undefined)
  let said = ''
  writer.stderr.setEncoding('utf8').on('data', (more: string) => (said += more))
  const ended = new Promise<number | null>((resolve) => {
    writer.once('close', resolve)
    writer.once('error', ({ message }) => {
      said += message
      resolve(null)
    })
  })
  return {
    write: async (text) => {
      writer.stdin.end(JSON.stringify({ text }))
      if ((await ended) === 0) return
      throw new OperatorError('--out', `${file} could not be written: ${said.trim()}`, [
        'what was there before is as it was',
        'name a file on another disk, and keep a copy on paper or in a safe',
      ])
    },
    end: async () => {
      writer.stdin.destroy()
      await ended
    },
  }
}

/**
 * Another file comes into the place of the one that is there, which is a user's own perhaps. So a link is not followed: root
 * would write where somebody else has it lead to. Nor does anything else than a file give way.
 */
async function requirePlace(file: string): Promise<void> {
  await access(dirname(file), constants.W_OK | constants.X_OK)
  const there = await lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (there === undefined || there.isFile()) return
  const is = there.isSymbolicLink() ? 'is a link' : 'is no file'
  throw new OperatorError('--out', `${file} ${is}`, 'name the file itself', exit.usage)
}
