import { join } from 'node:path'
import type { Instance } from '../core/instance.ts'
import type { Engine, RenderedFile, Unowned } from '../core/plan.ts'
import { type Bytes, type Duration, duration, mebibytes, seconds } from '../core/units.ts'
import { type MutualTls, webConfiguration } from './mutual-tls.ts'

/** Go takes memory as it comes, and gives it back late. */
export const goEnvironment = (mebibytesAtMost: number) => ({
  GOMEMLIMIT: `${mebibytesAtMost}MiB`,
  GOMAXPROCS: '2',
})

export function prometheus(
  instance: Instance,
  tls: MutualTls,
  given: {
    readonly port: number
    readonly configuration: string
    readonly rules: string
    readonly after: readonly string[]
    /** Whichever is reached first. */
    readonly keep: { readonly time: Duration; readonly size: Bytes }
  },
): Unowned<Engine> {
  const home = join(instance.state, 'engines', 'prometheus')
  const data = join(instance.state, 'data', 'prometheus')
  const web = join(home, 'web.yml')
  const file = join(home, 'prometheus.yml')
  const files: readonly RenderedFile[] = [
    webConfiguration(web, tls),
    { path: join(home, 'rules.yml'), content: given.rules },
    { path: file, content: given.configuration },
  ]
  return {
    kind: 'engine',
    name: 'prometheus',
    need: {
      binary: 'prometheus',
      version: { args: ['--version'], pattern: /prometheus, version ([\d.]+)/, atLeast: '2.42' },
      packages: ['prometheus'],
    },
    command: [
      'prometheus',
      `--config.file=${file}`,
      `--web.config.file=${web}`,
      `--web.listen-address=127.0.0.1:${given.port}`,
      `--storage.tsdb.path=${data}`,
      `--storage.tsdb.retention.time=${seconds(given.keep.time)}s`,
      `--storage.tsdb.retention.size=${Math.round(mebibytes(given.keep.size))}MB`,
      // Of an alarm that waits for less than this a restart forgets that it rings: it would wait again, and be told of as over.
      '--rules.alert.for-grace-period=15s',
      '--log.level=warn',
    ],
    environment: goEnvironment(80),
    files,
    watches: [tls.certificate],
    directories: [home, data],
    judge: { file, command: (staged) => ['promtool', 'check', 'config', staged] },
    // It opens its port before it has read its log of the last hours, and answers 503 until then: a verdict of that moment says
    // that nobody would be called.
    ready: { kind: 'mutualTls', port: given.port, ca: tls.ca, answers: { ...tls, path: '/-/ready' } },
    readyWithin: duration('2 minutes'),
    reload: { signal: 'SIGHUP' },
    stop: 'SIGTERM',
    stopWithin: duration('30 seconds'),
    after: given.after,
  }
}
