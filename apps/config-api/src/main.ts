import { limitHeap } from '@mtls-gateway/service-kit/limit-heap'

limitHeap('config-api', process.env)
// Loaded once it is known that this process stays.
await import('./run.ts')
