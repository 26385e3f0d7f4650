export type { Division } from './bulkhead.ts'
export {
  Bulkhead,
  type BulkheadLimits,
  type BulkheadState,
  Bulkheads,
  type Closable,
  type OnWaited,
} from './bulkhead.ts'
export type { Part, Permit } from './compartment.ts'
export { type PoolName, poolExhausted, pools, shuttingDown } from './pools.ts'
