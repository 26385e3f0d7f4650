import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { startVaultServer, type VaultServer } from '@mtls-gateway/test-kit'
import { openVaultStore, type SecretStore } from '../../src/index.ts'
import { describeOwnVault, patientMs } from './vault-access.ts'
import { document } from './vault-calls.ts'
import { type CountedStores, setUpCountedStores } from './vault-counted-stores.ts'

/** For that long one read after the other, each of which has to succeed. */
async function keepReading(store: SecretStore, ms: number): Promise<void> {
  for (const end = performance.now() + ms; performance.now() < end; await delay(100)) {
    expect(await store.get(document)).toMatchObject({ value: { n: 1 } })
  }
}

let vault: VaultServer
let stores: CountedStores

beforeAll(async () => {
  vault = await startVaultServer()
  stores = await setUpCountedStores(vault)
})
afterAll(() => vault?.stop())

/** At the latest it is renewed when a quarter is left, which is time enough on a busy machine. */
const ttlSeconds = 7
const pastItMs = 8_000

// At once, as they only wait.
describeOwnVault('as time passes, the token of a store', () => {
  it.concurrent('is renewed before it expires: one login outlives it several times', async () => {
    const counted = await stores.open('renewed', {
      token_ttl: ttlSeconds,
      token_max_ttl: '1h',
      secret_id_num_uses: 1,
    })
    await keepReading(counted.store, 11_000)
    expect(counted.logins).toBe(1)
    await counted.store.close()
  })

  it.concurrent('is got anew when it can be renewed no longer, without a failed call', async () => {
    const counted = await stores.open('renewal-ends', { token_ttl: ttlSeconds, token_max_ttl: 10 })
    await keepReading(counted.store, 11_000)
    expect(counted.logins).toBeGreaterThan(1)
    expect(counted.logins).toBeLessThan(10)
    await counted.store.close()
  })

  it.concurrent('is got anew when it can not be renewed at all (a batch token)', async () => {
    const counted = await stores.open('batch', { token_type: 'batch', token_ttl: ttlSeconds })
    await keepReading(counted.store, pastItMs)
    expect(counted.logins).toBeGreaterThan(1)
    await counted.store.close()
  })

  it.concurrent('that was given is renewed, too', async () => {
    const body = { policies: [stores.policy], ttl: `${ttlSeconds}s` }
    const token: string = (await vault.api('POST', 'auth/token/create', body)).body.auth.client_token
    const auth = { kind: 'token', token: async () => token } as const
    const store = openVaultStore({ address: vault.address, mount: stores.roles.mount, auth, deadlineMs: patientMs })
    await keepReading(store, pastItMs)
    await store.close()
  })
})
