import type { TestInstance } from '../../../test/instance.ts'

const ofAlarms = ['rings', 'still rings', 'all clear']

/** What the inbox was told of an alarm: the first word of each message. What `edge verify` finds broken is told there, too. */
export const toldOf = async (instance: TestInstance, alarm: string): Promise<readonly string[]> =>
  (await instance.read('agent/inbox.ndjson').catch(() => ''))
    .split('\n')
    .filter((line) => line !== '')
    .map((line): { readonly id: string; readonly says: string } => JSON.parse(line))
    .flatMap(({ id, says }) => (id.endsWith(`.${alarm}`) ? [says.slice(0, says.indexOf(':'))] : []))
    .filter((word) => ofAlarms.includes(word))
