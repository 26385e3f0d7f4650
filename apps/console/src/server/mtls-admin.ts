import { main } from '@mtls-gateway/admin/without-store'
import { buildInfo } from '@mtls-gateway/service-kit'
import { consoleSettings } from './configuration/settings.ts'

/** The commands that operators have beside the console. */
await main({
  name: 'console',
  ...buildInfo(),
  settings: consoleSettings,
  processes: { console: async () => (await import('./doctor.ts')).examinedConsole },
})
