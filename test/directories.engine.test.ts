import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { siteClient } from '../infrastructure/cdn/fetch.ts'
import { nginxDirectories } from '../src/engines/nginx.ts'
import { TestInstance } from './instance.ts'
import { hands } from './sabotaged.ts'
import { testWorld } from './world.ts'

const { world } = testWorld()
const asRoot = process.getuid?.() === 0
let instance: TestInstance
let directories: readonly string[]
beforeAll(async () => {
  instance = await TestInstance.make()
  await instance.must('up', '--no-load-test')
  const { cache, temporary } = nginxDirectories((await hands(instance)).instance)
  directories = [join(cache, 'edge'), join(cache, 'shield'), join(temporary, 'proxy')]
})
afterAll(() => instance.remove())

/** Who may use them: the owner and its rights. */
const rights = () =>
  Promise.all(
    directories.map(async (path) => {
      const { uid, mode } = await stat(path)
      return `${uid} ${(mode & 0o777).toString(8)}`
    }),
  )

let before: readonly string[] = []
beforeEach(async () => {
  before = await rights()
})

/** `nginx -t`, as whoever runs this; nginx cannot open its log, /dev/stdout, where that is a socket. */
async function judge(change: (text: string) => string = (text) => text): Promise<number | null> {
  const { home } = nginxDirectories((await hands(instance)).instance)
  const judged = join(instance.folder, 'judged.conf')
  await writeFile(judged, change(await readFile(join(home, 'nginx.conf'), 'utf8')))
  return (await world.run(['sh', '-c', 'nginx -e stderr -p "$0" -c "$1" -t 2>&1 | cat', home, judged])).code
}

it('keeps its directories when root asks nginx to judge the configuration', async () => {
  expect([await judge(), await rights()]).toEqual([0, before])
})

/** As an earlier nginx.conf let root's nginx do it; without root's rights, what a hand can do. */
async function takeAway(): Promise<void> {
  if (asRoot) await judge((text) => text.replace(/^user .*;$/m, ''))
  else for (const path of directories) await chmod(path, 0)
}

it('says which directory nginx cannot use, and gives it back', async () => {
  const how = asRoot ? 'belongs to nobody' : 'is closed to its owner (mode 0)'
  await takeAway()
  expect(await rights()).not.toEqual(before)
  const { addresses, certificateAuthority } = await instance.status()
  const client = await siteClient({ https: addresses.site, ca: certificateAuthority })
  try {
    const broken = await instance.judgement('cdn.originShield')
    expect([broken?.verdict, broken?.because]).toEqual(['broken', expect.stringContaining(`${directories[0]} ${how}`)])
    expect((await instance.edge(['plan', 'cdn'])).stdout).toContain(how)
    const deployed = await instance.edge(['deploy', 'cdn', '--yes'])
    expect([deployed.code, deployed.stderr]).toEqual([0, ''])
    expect(await rights()).toEqual(before)
    expect((await instance.judgement('cdn.originShield'))?.because).toBeUndefined()
    expect((await client.ask('/')).status).toBe(200)
  } finally {
    await client.close()
  }
})
