import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ensureSecrets } from './secrets.ts'
import { examineState, prepareState } from './state.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-state-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('a state directory', () => {
  it('is new where there is none, or an empty one', async () => {
    expect(await examineState(join(folder, 'none'), 'production')).toBe('new')
    expect(await examineState(folder, 'production')).toBe('new')
  })

  it('is known again after it was prepared', async () => {
    await prepareState(folder, 'production')
    expect(await examineState(folder, 'production')).toBe('ours')
  })

  it('is refused when it holds something else', async () => {
    await mkdir(join(folder, 'holiday-photos'))
    await expect(examineState(folder, 'production')).rejects.toThrow('neither empty nor an instance')
  })

  it('is refused when another instance lives in it', async () => {
    await prepareState(folder, 'staging')
    await expect(examineState(folder, 'production')).rejects.toThrow('belongs to the instance "staging"')
  })

  it('is refused when a later version wrote it', async () => {
    await writeFile(join(folder, 'instance.json'), '{"layout":999,"name":"production"}')
    await expect(examineState(folder, 'production')).rejects.toThrow('written by a later version (layout 999')
  })

  it('is refused when its marker is damaged', async () => {
    await writeFile(join(folder, 'instance.json'), '{"layo')
    await expect(examineState(folder, 'production')).rejects.toThrow('cannot tell which instance')
  })
})

describe('secrets', () => {
  const names = ['app', 'owner', 'agent']

  it('are made once, are all different, and can be read by nobody else', async () => {
    const first = await ensureSecrets(folder, names)
    const second = await ensureSecrets(folder, names)
    expect(first.generated).toBe(Object.keys(first.secrets).length)
    expect(second).toEqual({ secrets: first.secrets, generated: 0 })
    expect(new Set(Object.values(first.secrets)).size).toBe(first.generated)
    expect((await stat(join(folder, 'secrets', 'app'))).mode & 0o777).toBe(0o600)
  })

  it('are made anew where one was lost, and the others stay', async () => {
    const first = await ensureSecrets(folder, names)
    await rm(join(folder, 'secrets', 'app'))
    const second = await ensureSecrets(folder, names)
    expect(second.generated).toBe(1)
    expect(second.secrets['owner']).toBe(first.secrets['owner'])
  })
})
