import { parseAccountId } from '@mtls-gateway/domain'
import { accountPath, openEmbeddedStore } from '../../src/index.ts'
import { argument, tell, untilTold } from './child.ts'

const account = `child-${process.pid}`

await untilTold()
const store = openEmbeddedStore({ directory: argument(0) })
await store.put(accountPath(parseAccountId(account)), { by: process.pid }, 0)
await store.close()
tell(account)
process.disconnect()
