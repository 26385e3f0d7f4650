export {
  Bulkhead,
  type BulkheadLimits,
  type BulkheadState,
  Bulkheads,
  type Closable,
} from './bulkhead.ts'
export type { Part, Permit } from './compartment.ts'
export { type PoolName, poolExhausted, pools, shuttingDown } from './pools.ts'
