import { readdir, readFile, readlink } from 'node:fs/promises'

/** A TCP socket that waits for connections. */
export type Listener = { readonly port: number; readonly inode: string }

const listening = '0A'

/** Every TCP socket of this machine that listens, whoever's it is. */
export async function listeners(): Promise<readonly Listener[]> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => '')),
  )
  const rows = tables.flatMap((table) => table.split('\n').slice(1)).map((line) => line.trim().split(/\s+/))
  return rows.flatMap(([, local, , status, , , , , , inode]) => {
    const port = Number.parseInt(local?.split(':')[1] ?? '', 16)
    return status === listening && inode !== undefined && Number.isFinite(port) ? [{ port, inode }] : []
  })
}

/** The sockets that a process has open, by inode; empty where it is gone or another user's. */
export async function socketsOf(pid: string): Promise<ReadonlySet<string>> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const targets = await Promise.all(descriptors.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')))
  return socketsIn(targets)
}

/** The inodes of the sockets among what descriptors point at. */
export function socketsIn(targets: readonly string[]): ReadonlySet<string> {
  return new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []))
}
