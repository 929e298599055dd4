import type { AlarmOnAws } from '../src/core/cloudwatch-alarm.ts'
import { measuredOfJobs } from './backup/aws/measured.ts'
import { backupProofs } from './backup/aws/proofs.ts'
import { recoverDays } from './backup/aws/retention.ts'
import { backupSettings } from './backup/settings.ts'
import { cdnAlarms } from './cdn/alarms.ts'
import { cdnProofs } from './cdn/aws/proofs.ts'
import { databaseAlarmsOnAws } from './database/alarms.ts'
import { databaseProofs } from './database/aws/proofs.ts'
import { databaseFunctions } from './database/aws/own-functions.ts'
import { databaseSettings } from './database/settings.ts'
import { alarmsAt } from './monitoring/alarms.ts'
import { monitoringProofs } from './monitoring/aws/proofs.ts'
import { monitoringSettings } from './monitoring/settings.ts'
import { severityOfAlarm } from './monitoring/severity.ts'
import { functionsOfStacks } from './own-functions.ts'
import { silentAlarms } from '../src/core/own-function.ts'

type RoomProof = ReturnType<typeof databaseProofs>[number]

/** A stack, and each property of it that is proven. */
export type ProvenStack = {
  readonly title: string
  readonly proofs: readonly ((typeof cdnProofs)[number] | RoomProof)[]
}

const backup = backupSettings.parse({})
const monitoring = monitoringSettings.parse({})
const urgent = (alarm: AlarmOnAws) => {
  const severity = severityOfAlarm(alarm)
  return { ...alarm, severity, topic: severity }
}
const alarms = alarmsAt(monitoring, databaseAlarmsOnAws).map(urgent)
const ofJobs = alarmsAt(monitoring, measuredOfJobs).map(urgent)
const region = 'us-east-1'
const watched = [...alarms, ...ofJobs, ...alarmsAt(monitoring, cdnAlarms)].map((alarm) => ({
  alarm,
  namespace: 'any',
  region,
  dimensions: {},
}))

/** Each stack as the configuration has it by default, with somebody who is called. */
export const provenStacks: readonly ProvenStack[] = [
  { title: 'The CDN', proofs: cdnProofs },
  {
    title: 'The database',
    proofs: databaseProofs({ name: 'production', region }, databaseSettings.parse({}), {
      network: { admits: [] },
      recoverDays: recoverDays(backup),
      alarms,
      silent: databaseFunctions.flatMap(silentAlarms).map((alarm) => ({ ...alarm, topic: alarm.severity })),
    }),
  },
  {
    title: 'The backups',
    proofs: backupProofs({ name: 'production', account: '', region }, backup, {
      database: {
        primary: '',
        subnets: '',
        group: '',
        reader: '',
        functions: { group: '', subnets: [], database: '', user: '' },
      },
      copies: { vault: '', uploads: '' },
      alarms: ofJobs,
    }),
  },
  {
    title: 'Monitoring',
    proofs: monitoringProofs('production', {
      called: { critical: [], warning: [] },
      watched,
      reminded: [],
      functions: functionsOfStacks,
      remindEvery: monitoring.notify.remindEvery,
    }),
  },
]
