import { join } from 'node:path'
import { OperatorError } from '../../src/core/errors.ts'
import type { Step } from '../../src/core/plan.ts'
import { postgresMajor } from '../../src/engines/patroni.ts'
import { readText } from '../../src/targets/local/files.ts'
import { type Member, memberNames } from './members.ts'

/**
 * What lies there is of the PostgreSQL that is to run: one of another major version ends at once, again and again, and
 * says why in its log alone. `dataOf`: a member's folder.
 */
export function formatStep(dataOf: (member: Member) => string): Step {
  const other = async (): Promise<{ readonly folder: string; readonly major: string } | undefined> => {
    for (const folder of memberNames.map(dataOf)) {
      const major = (await readText(join(folder, 'PG_VERSION')))?.trim()
      if (major !== undefined && major !== String(postgresMajor)) return { folder, major }
    }
    return undefined
  }
  const inWords = ({ folder, major }: { readonly folder: string; readonly major: string }): string =>
    `${folder} is of PostgreSQL ${major}, and this release of edge runs ${postgresMajor}`
  return {
    kind: 'step',
    name: 'format',
    component: 'database',
    title: 'format',
    after: [],
    observe: async () => {
      const found = await other()
      return found === undefined ? 'done' : { missing: inWords(found) }
    },
    ensure: async () => {
      const found = await other()
      if (!found) return
      throw new OperatorError('database', `${inWords(found)}: no member was started`, [
        'only the release that wrote it can run on it: check that one out, or choose another `state` directory',
      ])
    },
    detail: async () => `PostgreSQL ${postgresMajor}`,
  }
}
