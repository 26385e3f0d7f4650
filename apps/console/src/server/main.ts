import { limitHeap } from '@mtls-gateway/service-kit/limit-heap'

limitHeap('console', process.env)
// Loaded once it is known that this process stays.
await import('./run.ts')
