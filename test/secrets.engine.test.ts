import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isOver, Rotated } from './rotated.ts'

let on: Rotated
beforeAll(async () => {
  on = await Rotated.up()
})
afterAll(() => on.instance.remove())

describe('edge secrets rotate', () => {
  it('changes every password while writers and visitors are served, and none of them fails', async () => {
    const [before, addressesBefore] = [await on.secretsNow(), await on.addressesNow()]
    const seen = await on.underLoad(async () => {
      const { stdout } = await on.instance.must('secrets', 'rotate', '--json')
      expect(JSON.parse(stdout)).toMatchObject({
        continued: false,
        replaced: expect.arrayContaining(['app', 'superuser']),
      })
    })
    expect(seen).toMatchObject({ failed: [], lost: 0 })
    expect(seen.answered).toBeGreaterThan(50)
    await isOver(on, before, addressesBefore)
  })

  it('leaves no secret in a log, and none that others may read', async () => {
    const secrets = [...(await on.secretsNow()).values()]
    const folder = join(on.instance.state, 'logs')
    const logs = await readdir(folder, { recursive: true, withFileTypes: true })
    for (const { parentPath, name } of logs.filter((entry) => entry.isFile())) {
      const log = await readFile(join(parentPath, name), 'utf8')
      expect(secrets.filter((secret) => log.includes(secret))).toEqual([])
    }
    for (const name of await readdir(join(on.instance.state, 'secrets')))
      expect((await stat(join(on.instance.state, 'secrets', name))).mode & 0o777).toBe(0o600)
  })

  it('changes nothing where the configuration was changed and not deployed', async () => {
    const text = await readFile(on.instance.file, 'utf8')
    await writeFile(
      on.instance.file,
      text.replace('database: { replicas: 0 }', "database: { replicas: 0, pool: { wait: '29 seconds' } }"),
    )
    const before = await on.secretsNow()
    const { code, stderr } = await on.instance.edge(['secrets', 'rotate'])
    await writeFile(on.instance.file, text)
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is not as the configuration says .* nothing was changed/),
    })
    expect(await on.secretsNow()).toEqual(before)
  })
})
