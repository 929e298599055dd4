import { readFile } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { exit, OperatorError } from '../../core/errors.ts'

/** The systems on which every engine was seen to run. */
const supportedSystems = [{ id: 'debian', version: '12', name: 'Debian 12' }] as const
export type SupportedSystem = (typeof supportedSystems)[number]

export type Machine = { readonly osRelease: string; readonly platform: string; readonly architecture: string }

/** The fields of an os-release file; quotes are taken off. */
export function parseOsRelease(text: string): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {}
  for (const line of text.split('\n')) {
    const match = /^([A-Z_]+)=(?:"(.*)"|'(.*)'|(.*))$/.exec(line.trim())
    const name = match?.[1]
    if (name !== undefined) fields[name] = match?.[2] ?? match?.[3] ?? match?.[4] ?? ''
  }
  return fields
}

/** The supported system that a machine is, or what it is instead, in words. */
export function recognise(machine: Machine): SupportedSystem | string {
  const fields = parseOsRelease(machine.osRelease)
  const name = fields['PRETTY_NAME'] ?? machine.platform
  if (machine.platform !== 'linux' || machine.architecture !== 'x64') return `${name} on ${machine.architecture}`
  return supportedSystems.find(({ id, version }) => fields['ID'] === id && fields['VERSION_ID'] === version) ?? name
}

/** Throws OperatorError with what is supported. The door says the very same, before it installs anything. */
export async function requireSupportedSystem(given?: Machine): Promise<SupportedSystem> {
  const found = recognise(given ?? (await thisMachine()))
  if (typeof found !== 'string') return found
  const supported = supportedSystems.map((system) => system.name).join(', ')
  throw new OperatorError('system', `this is ${found}`, `edge runs its engines on ${supported} (x86_64)`, exit.usage)
}

async function thisMachine(): Promise<Machine> {
  // A system without this file is none that is supported, and is named by its platform.
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '')
  return { osRelease, platform: platform(), architecture: arch() }
}
