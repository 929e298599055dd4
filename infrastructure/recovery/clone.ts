import { realpath } from 'node:fs/promises'
import type { World } from '../../src/core/world.ts'
import type { Sheet } from '../backup/recovery-sheet.ts'

/** What the clone of a folder is; undefined where it is none, or there is no git. */
export async function cloneOf(folder: string, world: Pick<World, 'run'>): Promise<Sheet['clone']> {
  const git = async (...args: readonly string[]): Promise<string | undefined> => {
    // Owned by another user is how it often is: root's clone, read by the engines' user, who may not write its index.
    const options = ['-c', 'safe.directory=*', '--no-optional-locks', '-C', folder]
    const ran = await world.run(['git', ...options, ...args], { timeoutMs: 10_000 }).catch(() => undefined)
    return ran?.code === 0 ? ran.stdout.trimEnd() : undefined
  }
  const top = await git('rev-parse', '--show-toplevel')
  // A copy of edge that lies in a clone of something else is at no commit of that.
  if (top === undefined || top !== (await realpath(folder))) return undefined
  const commit = await git('rev-parse', 'HEAD')
  if (commit === undefined) return undefined
  const from = remoteIn((await git('config', '--get-regexp', String.raw`^remote\..*\.url$`)) ?? '')
  const changed = await git('status', '--porcelain', '--untracked-files=no')
  return { commit, ...(from === undefined ? {} : { from }), isChanged: changed !== '' && changed !== undefined }
}

/** The address of `origin`, else of the first remote, in lines of `name address`; without what opens it. */
function remoteIn(lines: string): string | undefined {
  const remotes = lines.split('\n').map((line) => line.split(' '))
  const [, address] = remotes.find(([name]) => name === 'remote.origin.url') ?? remotes[0] ?? []
  return address === undefined || address === '' ? undefined : withoutSecrets(address)
}

/** A token may be the user's name as well as the password; the user of an ssh address is part of the way to it. */
export function withoutSecrets(address: string): string | undefined {
  // A path, or git@host:path, which have no place for a password.
  if (!address.includes('://')) return address
  const url = URL.parse(address)
  if (!url) return undefined
  url.password = ''
  if (!url.protocol.endsWith('ssh:')) url.username = ''
  url.search = ''
  url.hash = ''
  return url.href
}
