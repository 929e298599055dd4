import { readdir, readFile, readlink } from 'node:fs/promises'
import { BlockList, isIPv6 } from 'node:net'

/** A TCP socket that waits for connections. */
export type Listener = { readonly address: string; readonly port: number; readonly inode: string }

const listening = '0A'

/** Every TCP socket that listens, whoever's it is, in the network that a process is in: this one, or another. */
export async function listeners(pid: number | 'self' = 'self'): Promise<readonly Listener[]> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '')),
  )
  return tables.flatMap(listenersIn)
}

/** Those of one table of the kernel, /proc/net/tcp or tcp6. */
export function listenersIn(table: string): readonly Listener[] {
  const rows = table.split('\n').slice(1)
  return rows.flatMap((line) => {
    const [, local = '', , status, , , , , , inode] = line.trim().split(/\s+/)
    const [address = '', port = ''] = local.split(':')
    if (status !== listening || inode === undefined) return []
    return [{ address: addressIn(address), port: Number.parseInt(port, 16), inode }]
  })
}

/** The kernel writes an address as words of four bytes, the last byte first. */
function addressIn(hex: string): string {
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).toReversed())
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.')
  const groups = bytes.join('').match(/.{4}/g) ?? []
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

/** Whether nobody but this machine can reach an address. */
export const isLoopback = (address: string): boolean => loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')

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
