import { room } from '../../src/core/room.ts'
import { appReserved } from './reserved.ts'

export const appRoom = room({
  name: 'app',
  field: 'site',
  settings: async () => (await import('./settings.ts')).siteSettings,
  refusedOnAws: async () => (await import('./refused-on-aws.ts')).refusedOnAws,
  words: { question: 'App: build, migrations, API, release' },
  reserved: appReserved,
  load: async () => (await import('./component.ts')).appComponent,
})
