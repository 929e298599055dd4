import { glob, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calledAbout } from '../../infrastructure/called-about.ts'
import { publishPolicy } from '../../infrastructure/release/publish-policy.ts'
import { allGuarantees, neverOnOneMachine } from '../../infrastructure/compose.ts'
import { rooms } from '../../infrastructure/rooms.ts'
import { schema } from '../config/schema.ts'
import type { Page } from '../core/room.ts'
import { awsProofPage } from './aws-proof-page.ts'
import { configurationPage } from './configuration-page.ts'
import { driverTable, ormTable } from './driver-table.ts'
import { guaranteesPage, provenTable } from './guarantees-page.ts'
import { type Runbook, runbooksPage } from './runbooks-page.ts'

const yourApp = 'docs/your-app.md'
const cdnRoom = 'infrastructure/cdn/README.md'
const runbookFolder = 'docs/runbooks'

/** Every page that is rendered from code, whole, with its path in the project. */
export async function pages(project: string): Promise<readonly Page[]> {
  const readme = await readFile(join(project, 'README.md'), 'utf8')
  const cdnReadme = await readFile(join(project, cdnRoom), 'utf8')
  const yourAppPage = await readFile(join(project, yourApp), 'utf8')
  const policy = ['```json', JSON.stringify(publishPolicy, undefined, 2), '```'].join('\n')
  const ids = { sabotaged: await sabotagedIds(project), never: neverOnOneMachine }
  return [
    { path: 'docs/configuration.md', content: configurationPage(schema) },
    { path: 'docs/aws-proof.md', content: awsProofPage() },
    { path: yourApp, content: between(between(yourAppPage, 'drivers', driverTable()), 'orms', ormTable()) },
    { path: 'docs/guarantees.md', content: guaranteesPage(allGuarantees, ids) },
    { path: 'README.md', content: between(readme, 'proven', provenTable(allGuarantees, ids)) },
    { path: `${runbookFolder}/README.md`, content: runbooksPage(await runbooksIn(project), calledAbout) },
    { path: cdnRoom, content: between(cdnReadme, 'publish-policy', policy) },
    ...(await Promise.all(rooms.map((room) => room.pages?.() ?? []))).flat(),
  ]
}

/** Puts a rendered part between its two markers. Throws where they are not there. */
export function between(page: string, name: string, part: string): string {
  const [begin, end] = [`<!-- ${name}: rendered by src/docs/render.ts -->`, `<!-- /${name} -->`]
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`the page has no markers "${begin}" and "${end}"`)
  return `${page.slice(0, from + begin.length)}\n\n${part}\n\n${page.slice(to)}`
}

/** Every page that says what to do, by its title. */
async function runbooksIn(project: string): Promise<readonly Runbook[]> {
  const files = await readdir(join(project, runbookFolder))
  return Promise.all(
    files
      .filter((file) => file !== 'README.md')
      .toSorted()
      .map(async (file) => {
        const [, title = file] = /^# (.+)$/m.exec(await readFile(join(project, runbookFolder, file), 'utf8')) ?? []
        return { file, title }
      }),
  )
}

/** Ids of the guarantees for which a room has a sabotage. */
async function sabotagedIds(project: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  for await (const path of glob('infrastructure/*/{,proofs/}sabotage.ts', { cwd: project })) {
    const module: Record<string, unknown> = await import(join(project, path))
    for (const exported of Object.values(module)) {
      if (typeof exported !== 'object' || exported === null) continue
      for (const id of Object.keys(exported)) if (allGuarantees.some((guarantee) => guarantee.id === id)) ids.add(id)
    }
  }
  return ids
}
