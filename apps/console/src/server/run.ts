import { main } from '@mtls-gateway/service-kit'
import { start } from './start.ts'

await main(() => start(process.env))
