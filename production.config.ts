import type { ProductionConfig } from './src/config/schema.ts'

/** The reference app on this machine. All that does not stand here has the production document's value: `edge config`. */
export default {
  site: {
    static: {
      command: [
        'node',
        'node_modules/vite/bin/vite.js',
        'build',
        'app/web',
        '--configLoader',
        'native',
        '--outDir',
        '{output}',
        '--emptyOutDir',
      ],
      sources: ['app/web', 'package-lock.json'],
    },
    api: {
      // Without these bounds a process keeps about 200 MB after heavy load.
      command: ['node', '--max-semi-space-size=4', '--max-old-space-size=128', 'app/api/start.js'],
      health: '/api/health',
      eventLoop: '/api/event-loop',
      metrics: '/metrics',
      sources: ['app/api', 'package-lock.json'],
    },
    migrations: {
      command: ['node', 'app/api/migrate.ts'],
      sources: ['app/migrations', 'app/data', 'app/api'],
    },
  },
} satisfies ProductionConfig
