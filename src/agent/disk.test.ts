import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { deviceOf } from './disk.ts'

let kernel: string
beforeEach(async () => {
  kernel = await mkdtemp(join(tmpdir(), 'edge-sys-'))
  onTestFinished(() => rm(kernel, { recursive: true }))
})

/** As the kernel shows a machine: each device with its flags; `device` is that of hardware. */
async function machine(devices: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<void> {
  for (const [name, flags] of Object.entries(devices)) {
    const folder = join(kernel, 'block', name)
    await mkdir(folder, { recursive: true })
    for (const [flag, value] of Object.entries(flags)) await writeFile(join(folder, flag), `${value}\n`)
  }
}

const fixed = { device: '', removable: '0' }
const others = {
  loop0: { removable: '0' },
  zram0: { removable: '0' },
  'dm-0': { removable: '0' },
  sr0: { device: '', removable: '1' },
  sdz: { device: '', removable: '1' },
  fd0: fixed,
  mmcblk0boot0: fixed,
  nvme0c0n1: { ...fixed, hidden: '1' },
}

it.each([
  ['beside what is no disk for a database', { ...others, sda: fixed }, 'sda'],
  ['beside other ways to itself', { nvme0c0n1: others.nvme0c0n1, nvme0n1: { ...fixed, hidden: '0' } }, 'nvme0n1'],
  ['which cannot be told where there are two', { sda: fixed, sdb: fixed }, undefined],
  ['of which there is none', others, undefined],
])('a file system that names no disk lies on the only one, %s', async (_, devices, disk) => {
  await machine(devices)
  expect(await deviceOf(tmpdir(), kernel)).toBe(disk)
})

it('a partition lies on its disk, whatever other disks there are', async () => {
  await machine({ sda: fixed, sdb: fixed })
  const { dev } = await stat(tmpdir())
  const number = `${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`
  const partition = join(kernel, 'devices', 'pci0', 'sdb', 'sdb1')
  await mkdir(partition, { recursive: true })
  await writeFile(join(partition, 'partition'), '1\n')
  const link = join(kernel, 'dev', 'block', number)
  await mkdir(dirname(link), { recursive: true })
  await symlink('../../devices/pci0/sdb/sdb1', link)
  expect(await deviceOf(tmpdir(), kernel)).toBe('sdb')
})
