import { check, sleep } from 'k6'
import exec from 'k6/execution'
import http from 'k6/http'
import { Counter, Rate, Trend } from 'k6/metrics'
import type { RunFile } from '../run-file.ts'
import { type ScenarioName, scenarios } from './stages.ts'

/** What edge wrote for this run: addresses, the journey, the bounds. Holds the test password, so it is a file of mode 0600. */
const run: RunFile = JSON.parse(open(__ENV['EDGE_RUN'] ?? ''))

/** Waiting for a connection and for TLS counts: a visitor waits for them, and k6's own http_req_duration leaves them out. */
const responseTime = new Trend('response_time', true)
const thinkTime = new Trend('think_time', true)
const stepRequests = new Counter('step_requests')
const stepOk = new Rate('step_ok')
const journeysCompleted = new Counter('journeys_completed')
const journeySuccess = new Rate('journey_success')

const timeScale = run.scale

function scaled(duration: string): string {
  return `${Math.max(1, Math.round(Number(duration.replace('m', '')) * 60 * timeScale))}s`
}

export function optionsOf(name: ScenarioName) {
  const scenario = scenarios[name]
  const shape =
    'vus' in scenario
      ? { ...scenario, duration: scaled(scenario.duration) }
      : {
          ...scenario,
          startVUs: 0,
          gracefulRampDown: '45s',
          stages: scenario.stages.map(({ duration, target }) => ({ duration: scaled(duration), target })),
        }
  return {
    scenarios: { [name]: { ...shape, gracefulStop: '45s' } },
    thresholds: run.thresholds,
    summaryTrendStats: ['avg', 'min', 'med', 'p(95)', 'p(99)', 'max', 'count'],
    userAgent: 'edge-load-test',
    discardResponseBodies: false,
  }
}

/** One visitor's way through the site. It ends at the first step that goes wrong, and says so. */
export function journey(): void {
  const number = ((exec.vu.idInTest - 1) % run.accounts) + 1
  const places: Record<string, string> = { account: `user-${String(number).padStart(4, '0')}`, password: run.password }
  let well = true
  for (const step of run.journey) {
    well = step.requests.every((request) => send(step.name, request, places))
    const pause = run.think.minimumMs + Math.random() * (run.think.maximumMs - run.think.minimumMs)
    thinkTime.add(pause)
    sleep(pause / 1000)
    if (!well) break
  }
  journeySuccess.add(well)
  if (well) journeysCompleted.add(1)
}

type Request = RunFile['journey'][number]['requests'][number]

function send(step: string, request: Request, places: Record<string, string>): boolean {
  const fill = (text: string): string => text.replace(/\{(\w+)\}/g, (whole, name: string) => places[name] ?? whole)
  const body = request.body
    ? JSON.stringify(Object.fromEntries(Object.entries(request.body).map(([name, value]) => [name, fill(value)])))
    : null
  const response = http.request(request.method, `${run.site}${fill(request.path)}`, body, {
    headers: {
      ...(body === null ? {} : { 'Content-Type': 'application/json' }),
      Origin: run.site,
      'Accept-Encoding': 'gzip, br',
    },
    tags: { name: step, step },
    timeout: '10s',
    responseCallback: http.expectedStatuses(request.status),
  })
  stepRequests.add(1, { step })
  responseTime.add(response.timings.blocked + response.timings.duration, { step })
  const { contains } = request
  const right = check(
    response,
    {
      [`${step}: status ${request.status}`]: (answer) => answer.status === request.status,
      ...(contains === undefined
        ? {}
        : {
            [`${step}: the right page`]: (answer) => typeof answer.body === 'string' && answer.body.includes(contains),
          }),
    },
    { step },
  )
  stepOk.add(right, { step })
  return right
}

/** Everything that k6 measured, for edge to judge. */
export function handleSummary(data: unknown): Record<string, string> {
  return { [run.summaryFile]: JSON.stringify(data) }
}
