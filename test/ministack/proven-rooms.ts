import { figureOf } from '../../infrastructure/backup/aws/figures.ts'
import { backupProofs } from '../../infrastructure/backup/aws/proofs.ts'
import { proven as provenBackup } from '../../infrastructure/backup/proofs/test-template.ts'
import { databaseProofs } from '../../infrastructure/database/aws/proofs.ts'
import { proven as provenDatabase } from '../../infrastructure/database/proofs/test-template.ts'
import { monitoringProofs } from '../../infrastructure/monitoring/aws/proofs.ts'
import { proven as provenMonitoring } from '../../infrastructure/monitoring/proofs/test-template.ts'
import { severityOfAlarm } from '../../infrastructure/monitoring/severity.ts'
import type { DeployedStack } from '../../src/targets/aws/deployed-stack.ts'
import { readBackOf, type RoomProof } from '../../src/targets/aws/proof.ts'
import type { Called, DeployedRoomStacks } from './deployed-rooms.ts'

/** The emulator's own. */
export const account = '000000000000'

export const topicOf = (alarm: { readonly name: string }): string =>
  `arn:aws:sns:us-east-1:${account}:trial-${severityOfAlarm(alarm)}`

/** What is read back of a stack, beside what it has to be; a gap of the emulator is what it is known to have. */
export async function readBack(proofs: readonly RoomProof[], deployed: DeployedStack) {
  const all = await Promise.all(
    proofs.flatMap((proof) => {
      const ask = readBackOf(proof)
      const is = proof.by === 'template' ? proof.gap?.is : proof.is
      // Of what the emulator does not know at all there is nothing to ask it for.
      if (!ask || (proof.by === 'template' && notKnown.test(proof.because))) return []
      return [ask(deployed).then((has) => ({ says: proof.says, has, is }))]
    }),
  )
  return all.map(({ says, has, is }) => ({ found: { says, value: has }, wanted: { says, value: is } }))
}
const notKnown = /does not know this type/

/** Without the CDN, of whose alarms there is none here. */
export function proofsOfMonitoring(called: Called): readonly RoomProof[] {
  const alarms = provenMonitoring.watched.filter(({ namespace }) => namespace === 'AWS/RDS')
  const shown = alarms.map((one) => ({
    ...one,
    dimensions: { DBInstanceIdentifier: one.alarm.name === 'replicaLag' ? 'trial-replica' : 'trial-primary' },
  }))
  const ofJobs = provenBackup.needs.alarms.map((alarm) => ({
    alarm,
    ...figureOf(alarm, { instance: 'trial', region: 'us-east-1' }),
  }))
  const watched = [...shown, ...ofJobs]
  const [database, ofFunctions] = provenMonitoring.reminded
  const reminded = [database, { stack: 'trial-backup', alarms: provenBackup.needs.alarms }, ofFunctions]
  const { remindEvery, functions } = provenMonitoring
  return monitoringProofs('trial', { called, watched, reminded, functions, remindEvery })
}

export function proofsOfDatabase(): readonly RoomProof[] {
  const { settings, needs } = provenDatabase
  const alarms = needs.alarms.map((alarm) => ({ ...alarm, topic: topicOf(alarm) }))
  return databaseProofs(provenDatabase, settings, { ...needs, alarms })
}

/** `outputs` are those of the database's stack. */
export function proofsOfBackup(stacks: DeployedRoomStacks, outputs: ReadonlyMap<string, string>): readonly RoomProof[] {
  const { settings, where } = provenBackup
  const { database, copies } = stacks
  const vault = `arn:aws:backup:us-west-2:${account}:backup-vault:${copies.id('Vault')}`
  return backupProofs(where, settings, {
    database: {
      primary: 'trial-primary',
      subnets: database.id('Subnets'),
      group: database.id('DatabaseGroup'),
      reader: outputs.get('ReaderEndpoint') ?? '',
      functions: {
        group: database.id('RotationGroup'),
        subnets: (outputs.get('FunctionSubnets') ?? '').split(','),
        database: 'app',
        user: 'edge_reader',
      },
    },
    copies: { vault, uploads: copies.id('Uploads') },
    alarms: provenBackup.needs.alarms.map((alarm) => ({ ...alarm, topic: topicOf(alarm) })),
  })
}
