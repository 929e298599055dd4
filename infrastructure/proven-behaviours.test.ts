import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { project } from '../test/instance.ts'
import { behaviours } from './proven-behaviours.ts'

it.each(behaviours.map(({ file, test }) => [file, test] as const))(
  '%s has a test that begins: %s',
  async (file, test) => {
    expect(await readFile(join(project, file), 'utf8')).toContain(`'${test}`)
  },
)
