import { limitHeap } from '@mtls-gateway/service-kit/limit-heap'

limitHeap('forwarder-api', process.env)
// Loaded once it is known that this process stays.
await import('./run.ts')
