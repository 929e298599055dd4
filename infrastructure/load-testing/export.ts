import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { RunFile } from './run-file.ts'
import type { ScenarioName } from './scenarios/stages.ts'
import type { LoadTestingSettings } from './settings.ts'
import { askedOfK6, expectedOf } from './thresholds.ts'

/** A run of a scenario by the k6 Operator, on a cluster that is there. */
export type Exported = {
  readonly scenario: ScenarioName
  readonly site: string
  readonly settings: LoadTestingSettings
  /** How many pods share the users. */
  readonly runners: number
  /** Of all of them together. */
  readonly requestsPerSecond: number | undefined
  readonly k6: string
}

const scenarios = join(import.meta.dirname, 'scenarios')
/** Made by whoever runs it: `kubectl create secret generic edge-load-test --from-literal=password=…`. */
const secret = 'edge-load-test'

/**
 * What the k6 Operator needs: the script's files, by name, and one manifest that holds them and runs them. Users and
 * minimums are shared by the pods: each judges its own part. The password of the test accounts is in neither.
 */
export async function k6OperatorFiles(
  exported: Exported,
): Promise<{ readonly script: Readonly<Record<string, string>>; readonly manifest: string }> {
  const { scenario } = exported
  const names = [`${scenario}.ts`, 'journey.ts', 'stages.ts', 'assets.ts', 'answers.ts']
  const sources = await Promise.all(names.map(async (name) => [name, await readFile(join(scenarios, name), 'utf8')]))
  const runFile = `${JSON.stringify(runFileOf(exported), undefined, 2)}\n`
  const script: Record<string, string> = { ...Object.fromEntries(sources), 'run.json': runFile }
  const manifest = [configMap(scenario, script), testRun(exported)].map((document) => stringify(document)).join('---\n')
  return { script, manifest }
}

function runFileOf({ scenario, site, settings, runners, requestsPerSecond }: Exported): RunFile {
  const { accounts, thinkTime, choices, journey } = settings
  const think = { minimumMs: thinkTime.minimum.milliseconds, maximumMs: thinkTime.maximum.milliseconds }
  const thresholds = askedOfK6(expectedOf(scenario, { journey, think, scale: 1, requestsPerSecond }))
  const shared = ([metric, bounds]: [string, string[]]): [string, string[]] => [
    metric,
    bounds.map((bound) =>
      bound.replace(/^count>=(\d+)$/, (_, count) => `count>=${Math.floor(Number(count) / runners)}`),
    ),
  ]
  return {
    site,
    hosts: {},
    accounts,
    password: '',
    think,
    choices,
    scale: 1,
    // k6 counts for each pod by itself; there are no more of them than requests.
    ...(requestsPerSecond === undefined ? {} : { requestsPerSecond: Math.floor(requestsPerSecond / runners) }),
    journey,
    thresholds: Object.fromEntries(Object.entries(thresholds).map(shared)),
    summaryFile: 'stdout',
  }
}

const nameOf = (scenario: ScenarioName): string => `edge-load-test-${scenario}`

const configMap = (scenario: ScenarioName, data: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: nameOf(scenario) },
  data,
})

const testRun = ({ scenario, runners, k6 }: Exported) => ({
  apiVersion: 'k6.io/v1alpha1',
  kind: 'TestRun',
  metadata: { name: nameOf(scenario) },
  spec: {
    parallelism: runners,
    // Two on one node would measure each other.
    separate: true,
    script: { configMap: { name: nameOf(scenario), file: `${scenario}.ts` } },
    runner: {
      image: `grafana/k6:${k6}`,
      env: [
        { name: 'K6_NO_USAGE_REPORT', value: 'true' },
        { name: 'EDGE_PASSWORD', valueFrom: { secretKeyRef: { name: secret, key: 'password' } } },
      ],
    },
  },
})
