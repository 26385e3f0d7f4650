import { Bulkheads } from '@mtls-gateway/bulkhead'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { KeyMaterialPool } from '@mtls-gateway/key-material'

/** A process that owns a pool until it is killed. It reports when its children are warm. */
const pool = new KeyMaterialPool({ bulkheads: new Bulkheads(), ranks: new Ranks() })
await pool.examine('one', { kind: 'pkcs12', bytes: Buffer.from('nothing') })
process.stdout.write('warm\n')
