import { OperatorError } from '../../core/errors.ts'
import { type Bytes, bytes, parseBytes } from '../../core/units.ts'
import type { Command, Ran, World } from '../../core/world.ts'

/** What apt would do: the packages that come new, the ones it would replace or remove, and its own words for the sizes. */
export type Preview = {
  readonly added: readonly string[]
  readonly upgraded: readonly string[]
  readonly removed: readonly string[]
  readonly download: string
  readonly disk: string
}

const environment = {
  LC_ALL: 'C',
  DEBIAN_FRONTEND: 'noninteractive',
  APT_LISTCHANGES_FRONTEND: 'none',
  // Ubuntu's needrestart would restart the operator's services.
  NEEDRESTART_SUSPEND: '1',
}
const minutes = 60_000
const install: Command = [
  'apt-get',
  'install',
  '--quiet',
  '--no-install-recommends',
  // Never at the cost of something that is there: then apt refuses, and says why.
  '--no-remove',
  '--option=DPkg::Lock::Timeout=300',
  '--option=Dpkg::Options::=--force-confdef',
  '--option=Dpkg::Options::=--force-confold',
  '--option=Dpkg::Use-Pty=0',
  '--option=Acquire::Retries=2',
]

/** Names of the packages that are wholly installed, from the text of dpkg's status file. */
export function installedPackages(status: string): ReadonlySet<string> {
  const names = new Set<string>()
  for (const stanza of status.split('\n\n')) {
    const name = /^Package: (\S+)$/m.exec(stanza)?.[1]
    if (name !== undefined && /^Status: \S+ \S+ installed$/m.test(stanza)) names.add(name)
  }
  return names
}

/** Reads what `apt-get install --assume-no` says it would do. */
export function parsePreview(text: string): Preview {
  const list = (heading: RegExp): readonly string[] => {
    const lines = text.split('\n')
    const from = lines.findIndex((line) => heading.test(line))
    if (from === -1) return []
    const until = lines.findIndex((line, index) => index > from && !line.startsWith('  '))
    return lines.slice(from + 1, until === -1 ? undefined : until).flatMap((line) => line.trim().split(/\s+/))
  }
  return {
    added: list(/^The following NEW packages will be installed:/),
    upgraded: list(/^The following packages will be upgraded:/),
    removed: list(/^The following packages will be REMOVED:/),
    // "99.3 MB of archives" or, with some of it here already, "1.2 MB/99.3 MB of archives".
    download: /^Need to get ([\d.,]+ [kMG]?B)/m.exec(text)?.[1] ?? '0 B',
    disk: /^After this operation, ([\d.,]+ [kMG]?B) of additional/m.exec(text)?.[1] ?? '0 B',
  }
}

/** A line of apt or dpkg as progress: which package is being fetched or set up; undefined for the rest. */
export function progressOf(line: string): string | undefined {
  const fetched = /^Get:\d+ \S+ \S+ \S+ (\S+) /.exec(line)
  if (fetched) return `fetching ${fetched[1]}`
  const step = /^(Unpacking|Setting up) ([^\s:]+)/.exec(line)
  return step ? `${step[1] === 'Unpacking' ? 'unpacking' : 'setting up'} ${step[2]}` : undefined
}

/** What would happen; brings the package lists up to date first where apt does not know a package. */
export async function preview(
  packages: readonly string[],
  world: World,
  say: (text: string) => void,
): Promise<Preview> {
  const look = () => world.run([...install, '--assume-no', ...packages], { env: environment })
  let ran = await look()
  // apt-get ends with 1 for "no", and with 100 for a package that it does not know.
  if (ran.code === 100) {
    await updateLists(world, say)
    ran = await look()
  }
  if (ran.code === 100) throw aptError(ran, 'does not find the packages', 'apt-get update; apt-cache policy PACKAGE')
  return parsePreview(ran.stdout)
}

/**
 * What apt says of the packages of an instance on a Debian that has none of them (333 and 86 MB), with its lists of
 * packages: for when it cannot say, mostly because it has no lists yet.
 */
const spaceOnBareMachine = { unpacked: bytes('340 MB'), fetched: bytes('230 MB') }

/** What the packages take with all that they need. Any user may ask; nothing is waited for, and nothing changed. */
export async function spaceOf(
  packages: readonly string[],
  world: World,
): Promise<{ readonly unpacked: Bytes; readonly fetched: Bytes }> {
  const look: Command = [...install, '--option=Debug::NoLocking=1', '--assume-no', ...packages]
  const ran = await world.run(look, { env: environment })
  if (ran.code !== 0 && ran.code !== 1) return spaceOnBareMachine
  const { disk, download } = parsePreview(ran.stdout)
  // apt means units of 1000, so this is some percent more than it says: rather that than less.
  const size = (text: string) => parseBytes(text.replaceAll(',', ''))
  return { unpacked: size(disk), fetched: size(download) }
}

/** One transaction. Package lists that are too old for the mirror are brought up to date once. */
export async function aptInstall(
  packages: readonly string[],
  world: World,
  say: (text: string) => void,
): Promise<void> {
  const attempt = () =>
    world.run([...install, '--yes', ...packages], {
      env: environment,
      timeoutMs: 30 * minutes,
      onLine: (line) => {
        const progress = progressOf(line)
        if (progress !== undefined) say(progress)
      },
    })
  let ran = await attempt()
  if (ran.code !== 0 && /Failed to fetch|404 +Not Found/.test(ran.stderr)) {
    await updateLists(world, say)
    ran = await attempt()
  }
  if (ran.code !== 0) throw aptError(ran, 'could not install the packages', 'edge up tries again; apt-get check')
}

/** Finishes what an interrupted transaction left half done. */
export async function finishInterrupted(world: World, say: (text: string) => void): Promise<void> {
  say('finishing an interrupted installation')
  const finish = () =>
    world.run(['dpkg', '--configure', '-a', '--force-confdef', '--force-confold'], {
      env: environment,
      timeoutMs: 30 * minutes,
    })
  let ran = await finish()
  // The apt of the run that was killed may still be at work; unlike apt, dpkg does not wait for its lock.
  for (let waited = 0; ran.code !== 0 && /lock/.test(ran.stderr) && waited < 300; waited++) {
    await world.sleep(1000)
    ran = await finish()
  }
  if (ran.code !== 0) throw aptError(ran, 'could not finish an interrupted installation', 'dpkg --configure -a')
}

async function updateLists(world: World, say: (text: string) => void): Promise<void> {
  say('fetching the package lists')
  const ran = await world.run(['apt-get', 'update', '--quiet'], { env: environment, timeoutMs: 5 * minutes })
  if (ran.code !== 0)
    throw aptError(ran, 'could not fetch the package lists', 'is a Debian mirror reachable? apt-get update')
}

function aptError({ stdout, stderr }: Ran, what: string, hint: string): OperatorError {
  const lines = `${stdout}\n${stderr}`.split('\n')
  const words = lines.filter((line) => /^(E:|dpkg: error)/.test(line)).slice(0, 3)
  return new OperatorError('apt', [what, ...words].join('\n  '), hint)
}
