import type { ComponentName } from '../core/guarantee.ts'

/** A step that the production document's scripts promise, and what stands for it on one machine. */
type DocumentStep = { readonly step: string; readonly here: string }

const later = 'not built yet'

/** By component, in the document's order and words. */
const documentSteps: Readonly<Partial<Record<ComponentName, readonly DocumentStep[]>>> = {
  cdn: [
    { step: 'store', here: 'releases below the state directory, which only nginx reads' },
    { step: 'distribution', here: 'nginx' },
    { step: 'behaviours', here: 'rules by the class of a file; the API is never cached' },
    { step: 'certificate', here: "the instance's own authority, your files, or an order (serve.certificate)" },
  ],
  database: [
    { step: 'subnet group', here: 'loopback' },
    { step: 'security group', here: 'pg_hba: TLS and a password' },
    { step: 'parameter group', here: "Patroni's shared parameters" },
    { step: 'primary', here: 'the member that holds the lease' },
    { step: 'replica', here: 'the synchronous standby answers readers' },
    { step: 'alarms', here: later },
  ],
  backup: [
    { step: 'vault', here: 'two encrypted repositories (backup.repository, backup.secondRepository)' },
    { step: 'role', here: "the engines' user, who alone may read the key" },
    { step: 'database plans', here: 'daily, weekly and monthly by the agent (pgBackRest); logs every minute' },
    { step: 'versioning and lifecycle', here: 'snapshots of uploads and releases (restic), kept for a year' },
    { step: 'state plans', here: 'a daily export of the schema of the application state' },
    { step: 'verification', here: 'every Saturday: restored, compared, recorded' },
    { step: 'alarms', here: 'failed, size, duration, age: in the inbox that edge status shows' },
  ],
  loadTesting: [
    { step: 'choice of scenario', here: 'edge load-test smoke | load | stress | soak' },
    { step: 'run', here: 'k6' },
    { step: 'reports', here: 'report.html and result.json of each run' },
    { step: 'analysis', here: 'response time, error rate, success rate' },
  ],
}

/** The steps of some components as lines of a table. */
export function documentStepLines(components: readonly ComponentName[]): readonly string[] {
  return components.flatMap((component) =>
    (documentSteps[component] ?? []).map(({ step, here }) => `  ${component.padEnd(12)}${step.padEnd(26)}${here}`),
  )
}
