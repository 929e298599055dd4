import { join } from 'node:path'
import type { Instance } from '../core/instance.ts'
import type { Engine, Unowned } from '../core/plan.ts'
import { duration } from '../core/units.ts'

type Tls = { readonly ca: string; readonly certificate: string; readonly key: string }

/**
 * The one that holds the lease of the primary. Only a client with a certificate of this instance's authority may read
 * or write it: whoever writes the lease decides who is primary.
 */
export function etcd(
  instance: Instance,
  tls: Tls,
  ports: { readonly client: number; readonly peer: number },
): Unowned<Engine> {
  const client = `https://127.0.0.1:${ports.client}`
  const peer = `https://127.0.0.1:${ports.peer}`
  const certificates = [`--cert-file=${tls.certificate}`, `--key-file=${tls.key}`, `--trusted-ca-file=${tls.ca}`]
  const peerCertificates = certificates.map((argument) => argument.replace('--', '--peer-'))
  return {
    kind: 'engine',
    name: 'etcd',
    need: {
      binary: 'etcd',
      version: { args: ['--version'], pattern: /etcd Version: ([\d.]+)/, atLeast: '3.4' },
      packages: ['etcd-server'],
    },
    command: [
      'etcd',
      '--name=edge',
      `--data-dir=${join(instance.state, 'data', 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=edge=${peer}`,
      ...certificates,
      '--client-cert-auth',
      ...peerCertificates,
      '--peer-client-cert-auth',
      // One member elects nobody: ticks this far apart cost a fifth of the default's idle processor time.
      '--heartbeat-interval=500',
      // The least that it takes beside that. At its start it waits so long for itself: 3.7 s instead of 6.3 with twice as much.
      '--election-timeout=2500',
      // Without these it grew to 123 MB within minutes.
      '--auto-compaction-mode=periodic',
      '--auto-compaction-retention=5m',
      '--quota-backend-bytes=67108864',
      '--snapshot-count=10000',
      '--logger=zap',
      '--log-level=warn',
    ],
    files: [],
    watches: [tls.certificate],
    directories: [join(instance.state, 'data', 'etcd')],
    // One that a hand started without its lock is started anew, although its files are as they should be.
    ready: { kind: 'mutualTls', port: ports.client, ca: tls.ca },
    readyWithin: duration('20 seconds'),
    stop: 'SIGTERM',
    stopWithin: duration('10 seconds'),
    after: ['certificate'],
  }
}
