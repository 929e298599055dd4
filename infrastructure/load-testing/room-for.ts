/** What each user needs of open files: its connections, as many as a browser opens to one site. */
const connectionsOfUser = 6
/** k6's own: its program, its logs, its reports. */
const filesOfK6 = 200
/** For so long a port is not used again after its connection was closed. */
const portRestsSeconds = 60

/**
 * Whether the machine has open files and ports enough for that many users, each of whose journeys begins with a new
 * connection. Undefined where it has.
 * @param most so many of them k6 may need at once: by arrivals, those whom a standstill keeps are there beside those who come
 * @param files /proc/self/limits
 * @param ports /proc/sys/net/ipv4/ip_local_port_range
 */
export function roomFor(
  { files, ports }: { readonly files: string; readonly ports: string },
  { users, most = users }: { readonly users: number; readonly most?: number },
  journeySeconds: number,
): { readonly what: string; readonly next: string } | undefined {
  // k6 raises its own bound as far as it may: the second number.
  const [, bound] = /^Max open files\s+\S+\s+(\S+)/m.exec(files) ?? []
  const mayOpen = bound === undefined || bound === 'unlimited' ? Infinity : Number(bound)
  const opens = most * connectionsOfUser + filesOfK6
  const who = most === users ? `${users} users` : `${users} users, and those who wait beside them, ${most} in all,`
  if (opens > mayOpen) {
    return {
      what: `${who} need ${opens} open files, and this process may have ${mayOpen}`,
      next: `ulimit -Hn ${opens}`,
    }
  }
  const [first = 0, last = 0] = ports.trim().split(/\s+/).map(Number)
  const has = last - first + 1
  const takes = Math.ceil((users * (connectionsOfUser / 2) * portRestsSeconds) / journeySeconds) + most
  if (takes <= has) return undefined
  return {
    what: `${who} take ${takes} ports within a minute, and this machine has ${has} (${first} to ${last})`,
    next: 'sysctl -w net.ipv4.ip_local_port_range="15000 65000"',
  }
}
