import type { BulkheadLimits } from '@mtls-gateway/bulkhead'

/** Requests of pages that are with the gateway's services at once. */
export const mostProxied = 256

/** A page asks for a few things at once. Whoever asks for more, or sends uploads slowly, is in nobody's way. */
export const proxiedLimits: BulkheadLimits = { total: mostProxied, share: 32, reserve: 32 }
