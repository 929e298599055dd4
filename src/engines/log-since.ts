import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Begins to read the log of an engine where it ends now; what it answers reads what was added until then. */
export async function logFromNow(directory: string): Promise<() => Promise<string>> {
  const begun = await stat(join(directory, 'current')).catch(() => undefined)
  return async () => {
    const names = (await readdir(directory).catch(() => [])).filter((name) => /^(@|current$)/.test(name)).toSorted()
    const files = await Promise.all(
      names.map(async (name) => ({ path: join(directory, name), info: await stat(join(directory, name)) })),
    )
    // s6-log gives a full one another name, and begins a new one.
    const first = files.findIndex(({ info }) => info.ino === begun?.ino)
    const since = first === -1 ? files.slice(-1) : files.slice(first)
    const texts = await Promise.all(
      since.map(({ path, info }) => readFrom(path, info.ino === begun?.ino ? begun.size : 0)),
    )
    return texts.join('')
  }
}

async function readFrom(path: string, position: number): Promise<string> {
  const file = await open(path)
  try {
    const chunks: string[] = []
    const stream = file.createReadStream({ start: position, encoding: 'utf8', autoClose: false })
    for await (const chunk of stream) chunks.push(String(chunk))
    return chunks.join('')
  } finally {
    await file.close()
  }
}
