import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { openEmbeddedStore, recordPath } from '../../src/index.ts'
import { argument, untilTold } from './child.ts'

const account = parseAccountId('birds')

// Ends without closing the store, so that the write-ahead log stays.
await untilTold()
const store = openEmbeddedStore({ directory: argument(0) })
await store.put(recordPath('keys', account, parseRecordId('canary')), { pem: argument(1) }, 0)
for (let n = 0; n < 50; n++) {
  await store.put(recordPath('keys', account, parseRecordId(`canary-${n}`)), { pem: argument(1).repeat(1000) }, 0)
}
process.kill(process.pid, 'SIGKILL')
