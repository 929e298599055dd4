import type { Sabotaged } from '../../../test/sabotage.ts'

type Settings = { readonly jobs: readonly { readonly name?: string }[] }

/** Has the agent make no backup by its clock: a test that meets one at its hour would see one more than it made. */
export async function withoutClock(on: Sabotaged): Promise<void> {
  await on.edit('engines/agent/agent.json', (text) => {
    // Rendered by src/agent/engine.ts.
    const settings = JSON.parse(text) as Settings
    const jobs = settings.jobs.filter(({ name }) => name?.startsWith('backup') !== true)
    return JSON.stringify({ ...settings, jobs })
  })
  await on.reload('agent')
}
