import type { z } from 'zod'
import { appRoom } from './app/room.ts'
import { backupRoom } from './backup/room.ts'
import { cdnRoom } from './cdn/room.ts'
import { databaseRoom } from './database/room.ts'
import { loadTestingRoom } from './load-testing/room.ts'
import { monitoringRoom } from './monitoring/room.ts'

/** The rooms, in the order in which they are deployed and shown: the one list of them. */
export const rooms = [databaseRoom, backupRoom, appRoom, cdnRoom, loadTestingRoom, monitoringRoom] as const

type Rooms = (typeof rooms)[number]
export type RoomName = Rooms['name']
export const roomNames: readonly RoomName[] = rooms.map(({ name }) => name)

type LoadedBy<R extends Rooms> = Awaited<ReturnType<R['load']>>
type Loaded<Name extends RoomName> = LoadedBy<Extract<Rooms, { readonly name: Name }>>

/** What a room has on one machine: its plan, what others get from it, and what its checks look at. */
export type LocalOf<Name extends RoomName> = ReturnType<Loaded<Name>['local']>
/** What a room takes from others. */
export type NeedsOf<Name extends RoomName> = Parameters<Loaded<Name>['local']>[2]
/** The settings of each room, by their field in the configuration. */
export type RoomFields = { readonly [R in Rooms as R['field']]: Awaited<ReturnType<R['settings']>> }

type Settings = { readonly [Field in keyof RoomFields]: z.output<RoomFields[Field]> }

/** What is right in each room, and not in two together: a field's path, and what is wrong with its value. */
export function wrongTogether({
  database: { maxConnections, pool },
  monitoring: { alarms },
}: Pick<Settings, 'database' | 'monitoring'>): readonly (readonly [path: string, message: string, value: unknown])[] {
  const { connections: at } = alarms
  const wrong = (message: string) => [['monitoring.alarms.connections', message, at] as const]
  if (at >= maxConnections)
    return wrong(
      `must be below ${maxConnections} (database.maxConnections), or it never rings: write less here, or more there`,
    )
  const full = 2 * pool.maximum + pool.session
  if (at >= full) return []
  const what = `${pool.maximum} for writes, as many for reads and ${pool.session} sessions (database.pool) ring it otherwise`
  return wrong(`must be at least ${full}: ${what}. It is ${at}`)
}

type StacksOf<R extends Rooms> = R extends { readonly aws?: () => Promise<infer Stacks> } ? Stacks : never
type AllStacks = { readonly [Name in RoomName]: StacksOf<Extract<Rooms, { readonly name: Name }>> }[RoomName]
type NamesIn<Stacks> = Stacks extends object ? keyof Stacks & string : never

/** A stack on AWS, by its name. */
export type StackName = NamesIn<AllStacks>
export type StackOf<Name extends StackName> = Extract<AllStacks, { readonly [Its in Name]: unknown }>[Name]
