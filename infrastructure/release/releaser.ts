import type { ApiReleaser } from './api-release.ts'
import type { Opened } from '../../src/cli/open.ts'
import type { ProgressScreen } from '../../src/cli/screen/progress.ts'

/** What brings APIs to their processes. Loaded where one is looked after: it knows all rooms, which takes a moment. */
export async function releaserOf(opened: Opened, screen: ProgressScreen, verb: string): Promise<ApiReleaser> {
  return new (await import('./api-release.ts')).ApiReleaser(opened, screen, verb)
}
