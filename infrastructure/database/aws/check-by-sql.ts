import type { Client } from 'pg'
import type { Check } from '../../../src/core/check.ts'
import type { World } from '../../../src/core/world.ts'
import { declaredBy } from '../../../src/targets/aws/declared.ts'
import { inRecovery, noReplica, whyNoReplica } from './check-staleness.ts'
import { alsoBySql, type DatabaseEndpointOnAws, type Door, type SeenBySql, throughDoor } from './doors.ts'
import type { RdsParameter } from './parameters.ts'
import { asksInClear } from './sign-in.ts'

/** The replica answers a read, and replays what the primary writes. */
export const readReplica: Check<DatabaseEndpointOnAws> = alsoBySql(
  declaredBy('readReplica'),
  (endpoint, world): Promise<SeenBySql> =>
    throughDoor('reader', endpoint, world, async (reader) => {
      const { doors, instead } = endpoint
      const { rowCount } = await reader.query('select from pg_class limit 1')
      const isReplica = await inRecovery(reader)
      const facts = { 'read at': doors.reader, 'rows read': rowCount ?? 0, 'is a replica': isReplica }
      return isReplica ? { facts } : { facts, wrong: [noReplica(doors.reader), instead ?? whyNoReplica] }
    }),
)

const doorsOf = ['pool', 'session', 'reader'] as const satisfies readonly Door[]

/** Each door is encrypted for who comes so, and asks nobody for a password who does not. */
export const encryptedConnections: Check<DatabaseEndpointOnAws> = alsoBySql(
  declaredBy('encryptedConnections'),
  async (endpoint, world): Promise<SeenBySql> => {
    const { doors } = endpoint
    const facts: Record<string, string> = {}
    for (const door of doorsOf) {
      facts[`TLS at the ${door}`] = await throughDoor(door, endpoint, world, tlsOf)
      if (!(await asksInClear(doors[door], world))) continue
      const what = `${doors[door]} (${door}) asks for a password over a connection that is not encrypted`
      const next =
        'is rds.force_ssl of the parameter group 1, and RequireTLS of the pool on? then why is it not in force?'
      return { facts, wrong: [what, next] }
    }
    return { facts: { ...facts, 'without TLS': 'refused' } }
  },
)

/** What the server says of the connection on which it is asked. */
async function tlsOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ tls: string | null }>(
    'select version as tls from pg_stat_ssl where pid = pg_backend_pid()',
  )
  return rows[0]?.tls ?? 'none'
}

/** What each instance has in force of the parameters of its group, and what is another. */
export async function inForce(endpoint: DatabaseEndpointOnAws, world: World): Promise<SeenBySql> {
  const wanted = endpoint.parameters.filter(({ value }) => !isFormula(value))
  const facts: Record<string, string | number> = { 'parameters compared by SQL': wanted.length }
  for (const door of ['session', 'reader'] as const) {
    const others = await throughDoor(door, endpoint, world, (client) => othersOn(client, wanted))
    facts[`not in force at the ${door}`] = others.length === 0 ? 'none' : others.join(', ')
    if (others.length === 0) continue
    const at = endpoint.doors[door]
    return {
      facts,
      wrong: [
        `${at} has ${others.join(', ')}`,
        `who set it there? at ${at}: select name, setting, source from pg_settings; a role or a database may have a value of its own`,
      ],
    }
  }
  return { facts }
}

/** RDS reckons such a value from the memory of the class. */
const isFormula = (value: string): boolean => value.includes('{')

async function othersOn(client: Client, wanted: readonly RdsParameter[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string; setting: string; vartype: string }>(
    'select name, setting, vartype from pg_settings where name = any($1)',
    [wanted.map(({ name }) => name)],
  )
  return rows.flatMap(({ name, setting, vartype }) => {
    const value = wanted.find((one) => one.name === name)?.value ?? ''
    return isSame(setting, value, vartype) ? [] : [`${name} = ${setting}, and not ${value}`]
  })
}

/** RDS adds libraries of its own to those that are loaded. */
function isSame(setting: string, value: string, vartype: string): boolean {
  if (vartype === 'bool') return (setting === 'on') === (value === '1' || value === 'on')
  if (vartype === 'integer' || vartype === 'real') return Number(setting) === Number(value)
  const has = wordsOf(setting)
  return wordsOf(value).every((word) => has.includes(word))
}

const wordsOf = (list: string): readonly string[] => list.toLowerCase().split(/\s*,\s*/)
