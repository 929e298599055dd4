import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JudgementJson } from '../src/core/verify.ts'
import { freePorts } from './ports.ts'
import { ToyCopy } from './toy-copy.ts'

let copy: ToyCopy

async function verdicts(): Promise<Record<string, string>> {
  const { guarantees }: { guarantees: readonly JudgementJson[] } = JSON.parse(
    await copy.must('verify', 'toy', '--json'),
  )
  return Object.fromEntries(guarantees.map(({ id, verdict }) => [id, verdict]))
}

beforeAll(async () => {
  const [https, http, pooler, first] = await freePorts(70)
  copy = await ToyCopy.make((name, root) => ({
    name,
    state: `${root}/instance/state`,
    serve: { https, http },
    ports: { pooler, first },
    site: { static: 'web' },
    toy: { patience: '2 seconds' },
  }))
})

afterAll(async () => {
  await copy.edge('destroy', '--yes')
  await copy.delete()
})

describe('a room more', () => {
  it('is one folder and one file that names it', () => {
    expect(copy.touched.toSorted()).toEqual(copy.oneFolderAndOneLine)
  })

  it('is held by the compiler against its settings, its needs and its checks', async () => {
    // The product without its tests, and without what is loaded for AWS alone, which takes longest.
    expect(await copy.compiled('infrastructure/compose.ts', 'src/cli/session.ts')).toBe('')
  })

  it('has its setting in the configuration, and says where it comes from', async () => {
    expect(await copy.must('config')).toMatch(/toy\.patience +'2 seconds'/)
  })

  it('has its alarm and its jobs among those of all rooms', async () => {
    const script = `
      const { allMeasured, compose } = await import('./infrastructure/compose.ts')
      const { alarmsAt } = await import('./infrastructure/monitoring/alarms.ts')
      const { schema } = await import('./src/config/schema.ts')
      const { exampleInstance } = await import('./test/example-instance.ts')
      const configuration = schema.parse({ site: { static: 'web' } })
      const alarm = alarmsAt(configuration.monitoring, allMeasured).find(({ id }) => id === 'toy.slow')
      const agent = compose(configuration, exampleInstance, 'x').plan.find(({ name }) => name === 'agent')
      const jobs = JSON.parse(agent.files[0].content).jobs.map(({ name }) => name)
      console.log(JSON.stringify({ fires: alarm.fires, jobs }))`
    const { fires, jobs } = JSON.parse(copy.run(process.execPath, '--input-type=module', '-e', script))
    expect(fires).toEqual({ above: { kind: 'duration', milliseconds: 1000 } })
    expect(jobs).toEqual(expect.arrayContaining(['verify', 'toy', expect.stringContaining('toy-burst')]))
  })

  it('is deployed alone, with its port and its secret, and proven', async () => {
    expect(await copy.must('deploy', 'toys', '--yes')).toContain('one engine')
    expect(await verdicts()).toEqual({ 'toy.answers': 'kept', 'toy.burst': 'notClaimed', 'toy.slow': 'notClaimed' })
  })

  it('has its drill measured, and its verb answered', async () => {
    expect(await copy.must('drill', 'toy')).toContain('100 answers')
    expect(await verdicts()).toMatchObject({ 'toy.burst': 'kept' })
    expect(await copy.must('toy')).toMatch(/^the toy was asked \d{3} times\n$/)
    expect(await copy.must('--help')).toContain('Ask the toy')
  })

  it('stands on the pages that are rendered', async () => {
    copy.run(process.execPath, 'src/docs/render.ts')
    expect(await readFile(join(copy.root, 'docs/configuration.md'), 'utf8')).toContain(
      "`toy.patience` | time, at least 1 ms | `'1 second'`",
    )
    expect(await readFile(join(copy.root, 'docs/guarantees.md'), 'utf8')).toContain(
      'The toy answers whoever knows its secret.',
    )
  })
})
