import type { Reserved } from '../../src/core/reserved.ts'

/** Each member has one port of `postgres` and one of `patroni`, in the order of the members. */
export const databaseReserved = {
  ports: {
    etcd: 0,
    etcdPeer: 1,
    postgres: [2, 3, 12, 27, 29],
    patroni: [4, 5, 13, 28, 30],
    writer: 6,
    reader: 7,
    haproxyStatus: 8,
    session: 11,
  },
  secrets: ['superuser', 'replication', 'owner', 'app', 'pooler', 'patroni', 'agent'],
} as const satisfies Reserved
