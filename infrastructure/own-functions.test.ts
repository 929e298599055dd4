import { beforeAll, describe, expect, it } from 'vitest'
import type { Template } from '../src/targets/aws/assembly.ts'
import { asOneFigure } from '../src/targets/aws/alarm-proof.ts'
import { change } from '../test/template-edit.ts'
import { referred } from '../src/targets/aws/references.ts'
import { at, list } from '../src/targets/aws/template.ts'
import { watchedInRegion } from './monitoring/aws/watched-functions.ts'
import { needsOnAws } from './needs-on-aws.ts'
import { allFunctionAlarms, functionsOfStacks } from './own-functions.ts'
import { account, allTemplates, configuration, type Found, ofType } from '../test/all-templates.ts'

let templates: readonly Template[] = []
beforeAll(async () => {
  templates = await allTemplates()
})

type Called = { readonly name: string; readonly region: string; readonly stack: string; readonly byTheClock: boolean }

/** Every function, also those that CloudFormation puts beside a rotation itself. */
function functionsIn(all: readonly Template[]): readonly Called[] {
  const clocked = ofType(all, 'AWS::Events::Rule')
    .filter(({ properties }) => at(properties, 'ScheduleExpression') !== undefined)
    .flatMap(({ stack, properties }) =>
      list(at(properties, 'Targets')).map((one) => `${stack} ${String(at(one, 'Arn', 'Fn::GetAtt', 0))}`),
    )
  const rotations = ofType(all, 'AWS::SecretsManager::RotationSchedule').map((one) => ({
    ...one,
    name: at(one.properties, 'HostedRotationLambda', 'RotationLambdaName'),
  }))
  const own = ofType(all, 'AWS::Lambda::Function').map((one) => ({ ...one, name: at(one.properties, 'FunctionName') }))
  return [...own, ...rotations].map(({ name, region, stack, logical }) => ({
    name: String(name),
    region,
    stack,
    byTheClock: clocked.includes(`${stack} ${logical}`),
  }))
}

/** The alarms that look at a figure of a function, or of a rule, and call a topic that is there, by the letter that it begins and ends. */
function alarmsAbout(
  all: readonly Template[],
  { name, region }: Pick<Called, 'name' | 'region'>,
  metric: string,
  figures = 'AWS/Lambda FunctionName',
): readonly Found[] {
  const [namespace, dimension] = figures.split(' ')
  const topics = ofType(all, 'AWS::SNS::Topic')
  const isThere = (of: Found, topic: unknown): boolean =>
    topics.some(
      ({ stack, logical, properties, region: its }) =>
        (stack === of.stack && at(topic, 'Ref') === logical) ||
        (its === of.region && topic === `arn:aws:sns:us-east-1:${account}:${String(at(properties, 'TopicName'))}`),
    )
  return ofType(all, 'AWS::CloudWatch::Alarm').filter((of) => {
    const properties = asOneFigure(of.properties)
    const about = list(at(properties, 'Dimensions')).map((one) => [at(one, 'Name'), referred(at(one, 'Value'))].join())
    const looks = [at(properties, 'Namespace'), at(properties, 'MetricName'), about.join()].join(' ')
    const called = ['AlarmActions', 'OKActions'].map((word) => list(at(properties, word)))
    return (
      of.region === region &&
      looks === `${namespace} ${metric} ${dimension},${name}` &&
      at(properties, 'ActionsEnabled') !== false &&
      called.every((topic) => topic.length === 1 && isThere(of, topic[0]))
    )
  })
}

/** Figures whose alarm takes silence for bad and calls somebody, by itself or by what calls for it. */
const figuresOfSilence = (all: readonly Template[]): readonly string[] =>
  ofType(all, 'AWS::CloudWatch::Alarm')
    .filter(({ properties }) => at(properties, 'TreatMissingData') === 'breaching')
    .filter(({ logical, stack, properties }) => {
      const callers = ofType(all, 'AWS::CloudWatch::CompositeAlarm').filter((one) => one.stack === stack)
      const rules = callers.map((one) => JSON.stringify(at(one.properties, 'AlarmRule')))
      return list(at(properties, 'AlarmActions')).length > 0 || rules.some((rule) => rule.includes(`"${logical}"`))
    })
    .map(({ properties }) => String(at(properties, 'MetricName')))

/** What nobody would be called about. */
const unheard = (all: readonly Template[]): readonly string[] =>
  functionsIn(all).flatMap((one) => {
    const short = one.name.replace(/^trial-/, '')
    const { silent } = functionsOfStacks.find(({ name }) => name === short) ?? {}
    const seen = silent !== undefined && 'seenBy' in silent && figuresOfSilence(all).includes(silent.seenBy)
    const isSilent = one.byTheClock && !seen && alarmsAbout(all, one, 'Invocations').length !== 1
    const fails = alarmsAbout(all, one, 'Errors + Throttles + 0 * Invocations').length !== 1
    return [...(fails ? [`${one.name} fails`] : []), ...(isSilent ? [`${one.name} is not called`] : [])]
  })

/** Rules of which nobody would be called where one cannot call. */
const unwatched = (all: readonly Template[]): readonly string[] =>
  ofType(all, 'AWS::Events::Rule').flatMap(({ properties, region }) => {
    const name = String(at(properties, 'Name'))
    return alarmsAbout(all, { name, region }, 'FailedInvocations', 'AWS/Events RuleName').length === 1 ? [] : [name]
  })

/** Where a property of an alarm stands: of a sum, that of one of its figures does. */
function pathIn(properties: unknown, path: string): string {
  const figure = list(at(properties, 'Metrics')).findIndex((one) => at(one, 'MetricStat') !== undefined)
  const isOfFigure = figure !== -1 && !path.endsWith('Actions')
  return isOfFigure ? `Properties.Metrics.${figure}.MetricStat.Metric.${path}` : `Properties.${path}`
}

describe('the functions of all stacks on AWS', () => {
  it('are those that there are alarms about, and the clock calls these of them', () => {
    const all = functionsIn(templates)
    const ofFunctions = allFunctionAlarms.filter(({ kind }) => kind === 'function')
    const names = [...new Set(ofFunctions.map((alarm) => `trial-${alarm.of}`))]
    expect(all.map(({ name }) => name).toSorted()).toEqual(names.toSorted())
    expect(all.flatMap(({ name, byTheClock }) => (byTheClock ? [name] : [])).toSorted()).toEqual([
      'trial-backup-figures',
      'trial-reminders',
      'trial-replica-heartbeat',
      'trial-site-reminders',
      'trial-validate-restore',
    ])
  })

  it('each call somebody where they fail, and where the clock does not call them', () => {
    expect(unheard(templates)).toEqual([])
  })

  it('are found out where an alarm about one is gone, looks elsewhere, or calls nobody', () => {
    const alarms = ofType(templates, 'AWS::CloudWatch::Alarm').filter(
      ({ properties }) => at(asOneFigure(properties), 'Namespace') === 'AWS/Lambda',
    )
    expect(alarms.length).toBe(allFunctionAlarms.filter(({ kind }) => kind === 'function').length)
    const edits = (['Namespace', 'MetricName', 'Dimensions', 'AlarmActions', 'OKActions'] as const).flatMap((path) =>
      alarms.map(({ stack, logical, properties }) => ({
        stack,
        path,
        edit: change(logical, pathIn(properties, path), () => undefined),
      })),
    )
    const missed = edits.filter(({ stack, edit }) => {
      const edited = templates.map((one) => (one.stack === stack ? { ...one, content: edit(one.content) } : one))
      return unheard(edited).length !== 1
    })
    expect(missed.map(({ stack, path }) => `${stack} ${path}`)).toEqual([])
  })

  it('are found out where nobody hears that the figure is gone by which their silence is seen', () => {
    const gone = (figure: string) => {
      const alarms = ofType(templates, 'AWS::CloudWatch::Alarm')
      const found = alarms.find(({ properties }) => at(properties, 'MetricName') === figure)
      if (!found) throw new Error(`there is no alarm about ${figure}`)
      const edit = change(found.logical, 'Properties.TreatMissingData', () => 'notBreaching')
      return unheard(templates.map((one) => (one.stack === found.stack ? { ...one, content: edit(one.content) } : one)))
    }
    expect(gone('BackupAge')).toEqual(['trial-backup-figures is not called'])
    expect(gone('VerificationAge')).toEqual(['trial-validate-restore is not called'])
  })

  it('are found out where there is one more, of which there is no alarm', () => {
    const [first] = templates
    if (!first) throw new Error('there is no stack')
    const another = { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'trial-another' } }
    const content = { ...first.content, Resources: { ...Object(first.content['Resources']), Another: another } }
    expect(unheard([{ ...first, content }, ...templates.slice(1)])).toEqual(['trial-another fails'])
  })

  it('are reminded of by alarms that there are, all of them', () => {
    const named = ofType(templates, 'AWS::Lambda::Function').flatMap(({ region, properties }) => {
      const text = at(properties, 'Environment', 'Variables', 'ALARMS')
      const stacks: unknown = text === undefined ? [] : JSON.parse(String(text))
      return list(stacks).flatMap((one) =>
        ['critical', 'warning'].flatMap((its) =>
          list(at(one, its, 'alarms')).map((alarm) => `${region} ${String(alarm)}`),
        ),
      )
    })
    const made = ofType(templates, 'AWS::CloudWatch::Alarm').map(
      ({ region, properties }) => `${region} ${String(at(properties, 'AlarmName'))}`,
    )
    expect(named.toSorted()).toEqual(made.toSorted())
  })
})

describe('the rules of all stacks on AWS', () => {
  const ofRules = allFunctionAlarms.filter(({ kind }) => kind === 'rule')

  it('are those that there are alarms about, each of which calls somebody where it cannot call', () => {
    const names = ofType(templates, 'AWS::Events::Rule').map(({ properties }) => at(properties, 'Name'))
    expect(names.toSorted()).toEqual(ofRules.map(({ of }) => `trial-${of}`).toSorted())
    expect(names.length).toBe(14)
    expect(unwatched(templates)).toEqual([])
  })

  it('are found out where an alarm about one is gone, looks elsewhere, or calls nobody', () => {
    const alarms = ofType(templates, 'AWS::CloudWatch::Alarm').filter(
      ({ properties }) => at(properties, 'Namespace') === 'AWS/Events',
    )
    expect(alarms.length).toBe(ofRules.length)
    const missed = (['Namespace', 'MetricName', 'Dimensions', 'AlarmActions', 'OKActions'] as const).flatMap((path) =>
      alarms.flatMap(({ stack, logical }) => {
        const edit = change(logical, `Properties.${path}`, () => undefined)
        const edited = templates.map((one) => (one.stack === stack ? { ...one, content: edit(one.content) } : one))
        return unwatched(edited).length === 1 ? [] : [`${logical} ${path}`]
      }),
    )
    expect(missed).toEqual([])
  })

  it('are found out where one has another name, or there is one more', () => {
    const { stack, logical } = ofType(templates, 'AWS::Events::Rule')[0] ?? { stack: '', logical: '' }
    const edit = change(logical, 'Properties.Name', () => 'trial-another')
    expect(
      unwatched(templates.map((one) => (one.stack === stack ? { ...one, content: edit(one.content) } : one))),
    ).toEqual(['trial-another'])
  })

  it('begin to ring at one call that failed, and take silence for good', () => {
    for (const { properties } of ofType(templates, 'AWS::CloudWatch::Alarm').filter(
      (one) => at(one.properties, 'Namespace') === 'AWS/Events',
    ))
      expect(properties).toMatchObject({
        Statistic: 'Sum',
        Threshold: 0,
        ComparisonOperator: 'GreaterThanThreshold',
        Period: 3600,
        EvaluationPeriods: 1,
        TreatMissingData: 'notBreaching',
      })
  })
})

describe('what Lambda and EventBridge take', () => {
  const longest = 'x'.repeat(40)

  it('is no shorter than the names of rules of an instance with the longest name', () => {
    expect(allFunctionAlarms.filter(({ of }) => `${longest}-${of}`.length > 64).map(({ of }) => of)).toEqual([])
  })

  it('has room for what the function that reminds is told, of an instance with the longest name', () => {
    for (const { properties } of ofType(templates, 'AWS::Lambda::Function')) {
      const all = at(properties, 'Environment', 'Variables') ?? {}
      const text = JSON.stringify(all).replaceAll('trial', longest)
      // 4 KB for all names and values together (Lambda's quotas).
      expect(Buffer.byteLength(text)).toBeLessThan(4096)
    }
  })
})

describe('the template of each stack', () => {
  it('is small enough to be sent as it is, which takes no bucket, where few are called; but for that of the backups', () => {
    const large = templates.filter(({ address }) => address !== undefined)
    expect(large.map(({ stack }) => stack)).toEqual(['trial-backup'])
  })
})

it('monitoring.silence looks at every alarm about a function, in either region', () => {
  const needs = needsOnAws.monitoring.given({
    configuration,
    watched: [],
    stack: () => {
      throw new Error('it takes nothing of another stack')
    },
  })
  const looked = [...watchedInRegion(needs), ...needs.site.functions].map(({ id }) => id)
  expect(looked.toSorted()).toEqual(allFunctionAlarms.map(({ id }) => id).toSorted())
})
