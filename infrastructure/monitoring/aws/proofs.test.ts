import { beforeAll, describe, expect, it } from 'vitest'
import { brokenIn, unseenIn } from '../../../test/edited-template.ts'
import type { TemplateContent } from '../../../src/targets/aws/assembly.ts'
import { type Edit, set } from '../../../test/template-edit.ts'
import { at } from '../../../src/targets/aws/template.ts'
import { monitoringProofs } from './proofs.ts'
import { failedJobs } from '../../backup/alarms.ts'
import { figureOf } from '../../backup/aws/figures.ts'
import { alarmsAt } from '../alarms.ts'
import { proven, provenTemplate } from '../proofs/test-template.ts'
import { monitoringSettings } from '../settings.ts'

let template: TemplateContent = {}
beforeAll(async () => {
  template = await provenTemplate()
})

const proofs = monitoringProofs(proven.name, proven)

describe('the template of monitoring', () => {
  it.each(proofs.map((proof) => [proof.type, proof.says, proof] as const))('%s: %s', (_type, _says, proof) => {
    expect(proof.template(template)).toEqual(proof.is)
  })

  it('has no type of resource of which nothing is proven', () => {
    const types = new Set(Object.values(template['Resources'] ?? {}).map((one) => at(one, 'Type')))
    expect([...types].toSorted()).toEqual([...new Set(proofs.map(({ type }) => type))].toSorted())
  })
})

describe('the dashboard', () => {
  const [failed] = alarmsAt(monitoringSettings.parse({}), [failedJobs])
  if (!failed) throw new Error('there is no alarm')
  const shown = { alarm: failed, ...figureOf(failed, { instance: 'trial', region: 'us-east-1' }) }
  const watched = [...proven.watched, shown]
  const brokenFor = (one: typeof shown, of: TemplateContent) =>
    brokenIn(monitoringProofs(proven.name, { ...proven, watched: [...proven.watched, one] }), of)

  it('shows an alarm by its name where it looks at what nobody knows before its stack is deployed', async () => {
    const made = await provenTemplate(watched)
    expect(brokenFor(shown, made)).toEqual([])
    const another = { ...shown, alarm: { ...failed, id: 'monitoring.another' } }
    for (const one of [another, { ...shown, region: 'eu-west-1' }]) expect(brokenFor(one, made).length).toBe(1)
    expect(brokenFor(shown, template).length).toBe(1)
  })
})

const of = (resource: string, path: string, to: unknown): Edit => set(resource, `Properties.${path}`, to)

const sabotages: readonly (readonly [words: string, edit: Edit])[] = [
  [
    'alarms may call nobody',
    of('CriticalPolicy', 'PolicyDocument.Statement.1.Principal.Service', 'events.amazonaws.com'),
  ],
  ['anybody may call', of('WarningPolicy', 'PolicyDocument.Statement.1.Condition', undefined)],
  [
    'rules publish under what EventBridge never tells',
    of('CriticalPolicy', 'PolicyDocument.Statement.2.Condition', { StringEquals: { 'aws:SourceAccount': '1' } }),
  ],
  ['rules may not publish', of('WarningPolicy', 'PolicyDocument.Statement.2', undefined)],
  ['calls go over plain HTTP', of('CriticalPolicy', 'PolicyDocument.Statement.0', undefined)],
  ['a backup that expires rings nowhere', of('BackupFailed', 'EventPattern.detail.state', ['FAILED'])],
  [
    'a restore is looked for by the word of backups',
    of('RestoreFailed', 'EventPattern.detail', { state: ['FAILED', 'ABORTED'] }),
  ],
  [
    'a backup that completes with issues rings nowhere',
    of('BackupIncomplete', 'EventPattern.detail.state', ['PARTIAL']),
  ],
  ['every backup that completes rings', of('BackupIncomplete', 'EventPattern.detail.statusMessage', undefined)],
  ['a restore test that found something wrong calls nobody', of('RestoreTestFailed', 'State', 'DISABLED')],
  ['anybody may say what a restore test found', of('RestoreTestFailed', 'EventPattern.source', undefined)],
  ['a failed copy is not told', of('CopyFailed', 'State', 'DISABLED')],
  ['a failed backup goes where warnings go', of('BackupFailed', 'Targets.0.Arn', { Ref: 'Warning' })],
  ['nobody reminds', of('RemindEvery', 'State', 'DISABLED')],
  ['somebody is reminded once a day', of('RemindEvery', 'ScheduleExpression', 'rate(1 day)')],
  ['an alarm is reminded of no more', of('Remind', 'Environment.Variables.ALARMS', '[]')],
  ['what reminds publishes anywhere', of('RemindServiceRoleDefaultPolicy', 'PolicyDocument.Statement.1.Resource', '*')],
  ['the webhook hears of nothing', of('Webhook', 'Environment.Variables.SECRET', 'arn:aws:secretsmanager:::other')],
  [
    'the webhook’s function reads every secret',
    of('WebhookServiceRoleDefaultPolicy', 'PolicyDocument.Statement.0.Resource', '*'),
  ],
  ['nobody hears that backups are no longer measured', of('backupfigureserrors', 'AlarmActions', undefined)],
  [
    'nobody hears of a function that has no room to run',
    of('backupfigureserrors', 'Metrics.0.Expression', 'errors + 0 * invocations'),
  ],
  [
    'a function that failed once rings for ever, where Lambda puts no 0 beside a call that went well',
    of('webhookerrors', 'Metrics.0.Expression', 'errors + throttles'),
  ],
  [
    'an alarm looks at another function as well',
    of('webhookerrors', 'Metrics.1.MetricStat.Metric.Dimensions.0.Value', 'x'),
  ],
  ['a webhook that failed is well again when nobody tries it', of('webhookerrors', 'TreatMissingData', 'notBreaching')],
  ['nothing that is not called is silence', of('reminderssilent', 'TreatMissingData', 'notBreaching')],
  ['the letter says nothing', of('BackupFailed', 'Targets.0.InputTransformer.InputTemplate', '""')],
]

describe('a template of monitoring that was edited', () => {
  it.each(sabotages)('is found out: %s', (_words, edit) => {
    expect(brokenIn(proofs, edit(template))).not.toEqual([])
  })

  it('is found out whichever value is another, but for names, words and how a picture is drawn', () => {
    expect(unseenIn(proofs, template).filter((path) => !promisesNothing.test(path))).toEqual([])
  })
})

const promisesNothing = new RegExp(
  [
    String.raw`^\w+\.(Type|DependsOn\.\d)$`,
    String.raw`\.(Description|AlarmName|Id|Sid|(AssumeRole)?PolicyDocument\.Version|PolicyName|DashboardBody\..*)$`,
  ].join('|'),
)
