import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** Whether a go.mod names a module as one that the program itself uses. */
export function goModRequires(path: string, module: string): boolean {
  const lines = attempt(() => readFileSync(path, 'utf8').split('\n')) ?? []
  return lines.some((line) => {
    const words = line.trim().split(/\s+/)
    const [name, , ...comment] = words[0] === 'require' ? words.slice(1) : words
    return name === module && !comment.includes('indirect')
  })
}

/** Whether a program that Go has built has a module in it: each one says so in a section of its own (Go 1.18 and newer). */
export function goProgramHas(path: string, module: string): boolean {
  return attempt(() => sectionOf(path, '.go.buildinfo'))?.includes(`\ndep\t${module}\t`) === true
}

/** Where the header of a program (ELF, 64 bits) and each entry of its table of sections has what is read here. */
const header = { length: 64, table: 0x28, entryLength: 0x3a, entries: 0x3c, names: 0x3e }
const entry = { name: 0, offset: 0x18, size: 0x20 }

/** Reads one section and not the whole: a program may be large, and this is asked by each command. */
function sectionOf(path: string, wanted: string): Buffer | undefined {
  const file = openSync(path, 'r')
  try {
    const read = (at: number, length: number): Buffer => {
      const bytes = Buffer.alloc(length)
      return bytes.subarray(0, readSync(file, bytes, 0, length, at))
    }
    const head = read(0, header.length)
    if (!head.subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1'))) return undefined
    const length = head.readUInt16LE(header.entryLength)
    const table = read(Number(head.readBigUInt64LE(header.table)), length * head.readUInt16LE(header.entries))
    const contentOf = (at: number): Buffer =>
      read(Number(table.readBigUInt64LE(at + entry.offset)), Number(table.readBigUInt64LE(at + entry.size)))
    const names = contentOf(head.readUInt16LE(header.names) * length)
    for (let at = 0; at < table.length; at += length) {
      const begin = table.readUInt32LE(at + entry.name)
      if (names.toString('latin1', begin, names.indexOf(0, begin)) === wanted) return contentOf(at)
    }
    return undefined
  } finally {
    closeSync(file)
  }
}

/** What is not there, not readable, or no such file says nothing about itself. */
function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
