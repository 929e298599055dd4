import { expect, it } from 'vitest'
import { isLoopback, listenersIn } from './listening.ts'

const table = (...rows: string[]): string =>
  ['  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode', ...rows].join(
    '\n',
  )
const row = (local: string, state: string): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0000000000000000`

it.each([
  ['0100007F:1F90', '127.0.0.1', 8080, true],
  ['0200007F:1F90', '127.0.0.2', 8080, true],
  ['00000000:01BB', '0.0.0.0', 443, false],
  ['0A01A8C0:0050', '192.168.1.10', 80, false],
  ['00000000000000000000000001000000:1F90', '::1', 8080, true],
  ['00000000000000000000000000000000:1F90', '::', 8080, false],
  ['0000000000000000FFFF00000100007F:1F90', '::ffff:7f00:1', 8080, true],
  ['0000000000000000FFFF00000A01A8C0:1F90', '::ffff:c0a8:10a', 8080, false],
  ['B80D01200000000000000000010000FE:1F90', '2001:db8::fe00:1', 8080, false],
])("reads the kernel's %s as %s, port %i", (local, address, port, closed) => {
  expect(listenersIn(table(row(local, '0A')))).toEqual([{ address, port, inode: '12345' }])
  expect(isLoopback(address)).toBe(closed)
})

it('leaves out connections that are made already', () => {
  expect(listenersIn(table(row('0100007F:1F90', '01')))).toEqual([])
})
