import { stat } from 'node:fs/promises'
import { exit, messageOf, OperatorError } from '../core/errors.ts'
import type { PackageNeed } from '../core/plan.ts'
import { isAddress } from './s3.ts'

export const sshNeed: PackageNeed = { binary: 'ssh', packages: ['openssh-client'] }

/** How a server that speaks SFTP is reached; who and where it is, the address of what lies there says. */
export type SftpAccess = {
  /** The private key: without a passphrase, as nobody is there to type one. */
  readonly keyFile: string
  /** The host keys of the server: of any other one nothing is taken, and nothing is given to it. */
  readonly knownHosts: string
}

/** A folder on a server: `sftp://USER@HOST[:PORT]/FOLDER`. */
type SftpPlace = { readonly user: string; readonly host: string; readonly port: number; readonly folder: string }

export const isSftp = (place: string): boolean => place.startsWith('sftp://')

/** Whether a place is reached through a server, and is no folder that could be looked into. */
export const isOnServer = (place: string): boolean => isAddress(place) || isSftp(place)

export function sftpPlaceOf(address: string): SftpPlace {
  const { username, hostname, port, pathname } = new URL(address)
  return { user: username, host: hostname, port: Number(port || 22), folder: pathname.replace(/\/+$/, '') }
}

/** As restic writes it: one slash ends the server, and the folder begins with another. */
export function sftpAddress(address: string): string {
  const { user, host, port, folder } = sftpPlaceOf(address)
  return `sftp://${user}@${host}:${port}/${folder}`
}

/**
 * The program that restic speaks SFTP through. It reads nobody's configuration, asks nobody, and signs in by the one key.
 * None of its words has a blank: restic takes them apart there.
 */
export function sftpCommand(address: string, { keyFile, knownHosts }: SftpAccess): string {
  const { user, host, port } = sftpPlaceOf(address)
  const options = {
    BatchMode: 'yes',
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: knownHosts,
    GlobalKnownHostsFile: '/dev/null',
    // Else it would look up the host's keys in a list that it keeps up to date by itself.
    UpdateHostKeys: 'no',
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    PreferredAuthentications: 'publickey',
    ConnectTimeout: '10',
    // A server that is gone without a word would hold a backup up for hours.
    ServerAliveInterval: '15',
    ServerAliveCountMax: '4',
  }
  const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  return ['ssh', '-F', 'none', ...words, '-i', keyFile, '-p', port, `${user}@${host}`, '-s', 'sftp'].join(' ')
}

/** Throws OperatorError where one of both files is not there, or where others may read the key. */
export async function requireSftpFiles({ keyFile, knownHosts }: SftpAccess): Promise<void> {
  const info = await infoOf('keyFile', keyFile, 'ssh-keygen -t ed25519 makes one, which the server has to know')
  if ((info.mode & 0o077) !== 0) throw refused('keyFile', `${keyFile} can be read by others`, `chmod 600 ${keyFile}`)
  const seen = await infoOf(
    'knownHosts',
    knownHosts,
    'ssh-keyscan HOST writes its lines: compare them with the server’s',
  )
  if (seen.size === 0) throw refused('knownHosts', `${knownHosts} is empty`, 'it names the host key of the server')
}

async function infoOf(field: keyof SftpAccess, file: string, hint: string) {
  const info = await stat(file).catch((error: unknown) => {
    throw refused(field, messageOf(error), [hint, "it has to belong to the engines' user"])
  })
  return info
}

const refused = (field: keyof SftpAccess, what: string, hint: string | readonly string[]): OperatorError =>
  new OperatorError(`backup.sftp.${field}`, what, hint, exit.usage)
