import { readdir, readFile, readlink } from 'node:fs/promises'
import { signalIfThere } from '../../../src/core/process.ts'

/** Every process of the instance, at once, as where the power fails; and once more, as some are born meanwhile. */
export async function powerFails(state: string): Promise<void> {
  const ours = async (): Promise<readonly number[]> => {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
    const cwds = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')))
    const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
    return pids.filter(
      (pid, at) => pid !== process.pid && (cwds[at]?.startsWith(state) || commands[at]?.includes(`${state}/`)),
    )
  }
  for (let pids = await ours(); pids.length > 0; pids = await ours()) {
    for (const pid of pids) signalIfThere(pid, 'SIGKILL')
  }
}
