/** Who gives figures, by the name that Prometheus gives them (`job`). */
export const jobs = {
  prometheus: 'prometheus',
  alertmanager: 'alertmanager',
  node: 'node',
  postgres: 'postgres',
  edge: 'edge',
} as const
