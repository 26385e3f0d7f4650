import { inspect } from 'node:util'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { openVaultStore, recordPath } from '../../src/index.ts'
import { argument, untilTold } from './child.ts'

/** Calls a Vault that fails in every way, and prints all that the errors hold, as a careless log would. */
await untilTold()
const address = argument(0)
const canary = { token: argument(1), secretId: argument(2), value: argument(3) }
const path = recordPath('keys', parseAccountId('birds'), parseRecordId('canary'))
const ways = Number(argument(4))

const stores = [
  openVaultStore({ address, auth: { kind: 'token', token: async () => canary.token }, deadlineMs: 300 }),
  openVaultStore({
    address,
    auth: { kind: 'app-role', roleId: 'role', secretId: async () => canary.secretId },
    deadlineMs: 300,
  }),
  openVaultStore({
    address,
    auth: { kind: 'token', token: () => Promise.reject(new Error(canary.token)) },
    deadlineMs: 300,
  }),
]
let failures = 0
for (let way = 0; way < ways; way++) {
  for (const store of stores) {
    const outcomes = await Promise.allSettled([
      store.put(path, { pem: canary.value }, 0),
      store.put(path, { pem: canary.value }, 3),
      store.get(path),
      store.check(),
    ])
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue
      failures++
      console.log(inspect(outcome.reason, { depth: null, showHidden: true }), JSON.stringify(outcome.reason))
    }
  }
}
for (const store of stores) await store.close()
console.log(`${failures} failures`)
process.disconnect()
