import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestInstance } from '../../test/instance.ts'
import { leaveReport } from '../../test/long-report.ts'
import type { Result } from './result.ts'

let instance: TestInstance
beforeAll(async () => {
  instance = await TestInstance.make()
  await instance.must('up', '--no-load-test')
})
afterAll(() => instance.remove())

test('100 visitors for nine minutes meet the bounds of the document', async () => {
  const { stdout } = await instance.edge(['load-test', 'load', '--json'])
  const { directory, ...result }: Result = JSON.parse(stdout)
  const timeline: unknown = JSON.parse(await readFile(join(directory, 'timeline.json'), 'utf8'))
  await leaveReport('load', { result, timeline })
  expect([result.verdict, result.reasons]).toEqual(['passed', []])
})
