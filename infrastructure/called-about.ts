import { allMeasured } from './compose.ts'
import { alarmsAt } from './monitoring/alarms.ts'
import { everyAsked, ownRules } from './monitoring/render-rules.ts'
import { monitoringSettings } from './monitoring/settings.ts'
import { allFunctionAlarms } from './own-functions.ts'

const settings = monitoringSettings.parse({})

/** Everything that somebody is called about, on either target: as it is called, with the page that says what to do. */
export const calledAbout: readonly { readonly name: string; readonly runbook: string }[] = [
  ...alarmsAt(settings, allMeasured).map(({ id, runbook }) => ({ name: id, runbook })),
  ...ownRules(settings, everyAsked).map(({ alert, annotations: { runbook = '' } }) => ({
    name: `monitoring.${alert}`,
    runbook,
  })),
  ...allFunctionAlarms.map(({ name, runbook }) => ({ name, runbook })),
]
