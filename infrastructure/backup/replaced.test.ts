import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withFolder } from '../../test/with-folder.ts'
import { makePrivateDirectory } from '../../src/targets/local/files.ts'
import { noteReplaced, replacedIn, takeOverReplaced } from './replaced.ts'

const [first, second, third] = [
  { to: 50, at: 100, from: 1 },
  { to: 80, at: 200, from: 3 },
  { to: 250, at: 300, from: 4 },
] as const

test('a new first repository begins with the restores that the one before knows of, and keeps them once', () =>
  withFolder(async (noted) => {
    const [before, now] = [join(noted, 'own', 'catalog'), join(noted, 'mnt-new', 'catalog')]
    await makePrivateDirectory(now)
    await takeOverReplaced(now)
    expect(await replacedIn(now)).toEqual([])
    await noteReplaced(before, second)
    await noteReplaced(before, first)
    await takeOverReplaced(now)
    await noteReplaced(now, third)
    await takeOverReplaced(now)
    expect(await replacedIn(now)).toEqual([first, second, third])
    expect(await replacedIn(before)).toEqual([first, second])
  }))
