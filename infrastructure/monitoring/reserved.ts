import type { Reserved } from '../../src/core/reserved.ts'

export const monitoringReserved = {
  ports: { prometheus: 15, alertmanager: 16, nodeExporter: 17, postgresExporter: 18, edgeExporter: 19 },
  secrets: [],
} as const satisfies Reserved
