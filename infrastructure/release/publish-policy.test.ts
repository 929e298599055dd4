import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { publishPolicy, rightsOf } from './publish-policy.ts'

const src = resolve(import.meta.dirname, '../../src')
const releasing = ['publish', 'releases', 'rollback', 'explain'].map((verb) =>
  join(import.meta.dirname, `${verb}-on-aws.ts`),
)
// To verify a site, less of its room is used than to deploy it: who we are, where it answers, what is published, and how
// it is configured.
const verifying = [
  ...['endpoint', 'checks', 'proofs-site'].map((file) => resolve(import.meta.dirname, `../cdn/aws/${file}.ts`)),
  ...['account', 'describe-stack', 'deployed-stack'].map((file) => join(src, `targets/aws/${file}.ts`)),
]
const publishing = [...releasing, ...verifying]

type Import = { readonly names: readonly string[]; readonly from: string }

/** What a file has of others when it runs: types are left out. */
function importsOf(text: string): readonly Import[] {
  const named = [...text.matchAll(/^import (?!type )([^']*)from '([^']+)'/gm)]
  const later = [...text.matchAll(/import\('([^']+)'\)/g)]
  return [
    ...named.map(([, names = '', from = '']) => ({
      names: names.replaceAll(/\btype \w+/g, '').match(/\w+/g) ?? [],
      from,
    })),
    ...later.map(([, from = '']) => ({ names: [], from })),
  ]
}

/** The list of rooms names the stack of each, for whoever puts rooms together on AWS: that alone loads it. */
const isStackOfList = (file: string, from: string): boolean =>
  from === './aws/room.ts' && /infrastructure\/[^/]+\/room\.ts$/.test(file)
const composition = resolve(import.meta.dirname, '../compose-on-aws.ts')

/** What files, and whatever they import, can ask AWS for. */
async function commandsOf(files: readonly string[]): Promise<ReadonlySet<string>> {
  return (await reachedFrom(files)).commands
}

async function reachedFrom(files: readonly string[]) {
  const commands = new Set<string>()
  const open = [...files]
  const seen = new Set(open)
  for (const file of open) {
    for (const { names, from } of importsOf(await readFile(file, 'utf8'))) {
      if (from.startsWith('@aws-sdk/'))
        for (const name of names) if (/Command$|^paginate|^waitUntil/.test(name)) commands.add(name)
      const next = join(dirname(file), from)
      if (!from.startsWith('.') || seen.has(next) || isStackOfList(file, from)) continue
      seen.add(next)
      open.push(next)
    }
  }
  return { commands, seen }
}

describe('the policy of a pipeline that publishes', () => {
  it('knows every command that publishing can give, and no other', async () => {
    expect([...(await commandsOf(publishing))].toSorted()).toEqual(Object.keys(rightsOf).toSorted())
  })

  it('is of what puts no rooms together on AWS', async () => {
    expect((await reachedFrom(publishing)).seen).not.toContain(composition)
    expect((await reachedFrom([join(src, 'cli/on-aws.ts')])).seen).toContain(composition)
  })

  it('gives no right on more than the one site, but to read policies, whose ids nobody knows before', () => {
    const more = publishPolicy.Statement.filter(({ Resource }) =>
      [Resource].flat().some((resource) => !/NAME-|BUCKET|LOGS|DISTRIBUTION/.test(resource)),
    )
    expect(more.flatMap(({ Action }) => Action).filter((action) => !/^cloudfront:Get\w+Config$/.test(action))).toEqual(
      [],
    )
    expect(more.length).toBe(1)
    const actions = publishPolicy.Statement.flatMap(({ Action }) => Action)
    expect(actions.filter((action) => action.includes('*'))).toEqual([])
  })

  it('finds the commands of what is imported later, too', async () => {
    const plan = await commandsOf([join(src, 'cli/plan.ts')])
    expect([...plan]).toContain('GetTemplateCommand')
  })
})
