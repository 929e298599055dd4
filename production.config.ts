import type { ProductionConfig } from './src/config/schema.ts'

/** AI Sports Edge on one machine. Whatever is not here has its default: `edge config` shows all of it. */
export default {
  site: {
    static: {
      command: ['node', 'node_modules/vite/bin/vite.js', 'build', 'app/web', '--outDir', '{output}', '--emptyOutDir'],
      sources: ['app/web', 'package-lock.json'],
    },
    api: {
      command: ['node', 'app/api/main.ts'],
      health: '/api/health',
      sources: ['app/api', 'package-lock.json'],
    },
    migrations: {
      command: ['node', 'app/api/migrate.ts'],
      sources: ['app/migrations', 'app/data', 'app/api/migrate.ts'],
    },
  },
} satisfies ProductionConfig
