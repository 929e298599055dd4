// Writes what comes over its input into the file that it is called with; sheet-file.ts starts it.
import { dirname } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { messageOf } from '../../src/core/errors.ts'
import { syncDirectory, writeAtomically } from '../../src/targets/local/files.ts'

const [, , file = ''] = process.argv
try {
  const given = await text(process.stdin)
  // Nobody has had anything to write; and half of a text is no JSON.
  if (given !== '') {
    const sheet = z.object({ text: z.string() }).parse(JSON.parse(given))
    await writeAtomically(file, sheet.text)
    await syncDirectory(dirname(file))
  }
} catch (error) {
  process.stderr.write(messageOf(error))
  process.exitCode = 1
}
