import { configDefaults, defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const left = [...configDefaults.exclude, '**/.tools/**', '**/dist/**']
const minutes = 60_000
/** What is waited for comes in a moment, or not at all; the second that is the library's own is short on a busy machine. */
const expect = { poll: { timeout: 30_000 } }

/** Files that take long, the longest first: the library begins with the largest, and would end with some of these alone. */
const longest =
  'up database publish-api drains backup monitoring sabotage acme kill drivers heartbeat publish rolling replica'
    .split(' ')
    .map((name) => `${name}.`)

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = longest.findIndex((name) => moduleId.includes(`/${name}`))
      return found === -1 ? longest.length : found
    }
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other))
  }
}

/**
 * A file's name says what its tests need: `name.test.ts` nothing, `name.engine.test.ts` the real engines,
 * `name.emulator.test.ts` one of AWS, `name.load.test.ts` a machine with time, as k6 measures it,
 * `name.browser.test.ts` Chromium, and `name.long.test.ts` more time than anyone waits for. `edge test` runs some of the
 * projects one after the other, and some beside each other.
 */
export default defineConfig({
  test: {
    // A test that only passes the second time has found something; and what is left out proves nothing.
    retry: 0,
    allowOnly: false,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          expect,
          // Half of the time would be spent on loading the same modules for each file.
          isolate: false,
          include: ['**/*.test.{ts,tsx}'],
          exclude: [...left, '**/*.{engine,emulator,load,browser,long}.test.ts'],
          // The library's five seconds are few for what computes for two, on a machine that does something else as well.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'engine',
          expect,
          include: ['**/*.engine.test.ts'],
          exclude: left,
          testTimeout: 3 * minutes,
          hookTimeout: 5 * minutes,
        },
      },
      {
        test: {
          name: 'emulator',
          expect,
          include: ['**/*.emulator.test.ts'],
          exclude: left,
          testTimeout: 3 * minutes,
          hookTimeout: 5 * minutes,
        },
      },
      {
        test: {
          name: 'load',
          expect,
          include: ['**/*.load.test.ts'],
          exclude: left,
          testTimeout: 10 * minutes,
          hookTimeout: 10 * minutes,
        },
      },
      {
        test: {
          name: 'browser',
          expect,
          include: ['**/*.browser.test.ts'],
          exclude: left,
          testTimeout: 2 * minutes,
          hookTimeout: 5 * minutes,
        },
      },
      {
        test: {
          name: 'long',
          expect,
          include: ['**/*.long.test.ts'],
          exclude: left,
          testTimeout: 120 * minutes,
          hookTimeout: 10 * minutes,
        },
      },
    ],
  },
})
