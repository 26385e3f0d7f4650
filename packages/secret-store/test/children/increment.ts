import { type AccountId, parseAccountId } from '@mtls-gateway/domain'
import { accountPath, isStoreError, openEmbeddedStore, type SecretStore } from '../../src/index.ts'
import { argument, tell, untilTold } from './child.ts'

/** One step on from whatever is there, again and again until no other write comes between; the version it became. */
async function increment(store: SecretStore, account: AccountId): Promise<number> {
  for (;;) {
    const found = await store.get(accountPath(account))
    const count = Number(found?.value.count ?? 0) + 1
    try {
      return await store.put(accountPath(account), { count }, found?.version ?? 0)
    } catch (error) {
      if (!isStoreError(error, 'conflict')) throw error
    }
  }
}

const store = openEmbeddedStore({ directory: argument(0) })
const account = parseAccountId(argument(1))
const versions: number[] = []
await untilTold()
for (let step = 0; step < Number(argument(2)); step++) versions.push(await increment(store, account))
await store.close()
tell(versions)
process.disconnect()
