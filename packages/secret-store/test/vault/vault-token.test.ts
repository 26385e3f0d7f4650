import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { startVaultServer, type VaultServer } from '@mtls-gateway/test-kit'
import { kindFolder, openVaultStore, secretFromFile } from '../../src/index.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { describeOwnVault } from './vault-access.ts'
import { document, key } from './vault-calls.ts'
import { type CountedStores, setUpCountedStores } from './vault-counted-stores.ts'

const unavailable = { name: 'StoreError', reason: 'unavailable' }
/** A 403 does not raise doubts about a token that is younger than a second. */
const undoubtedMs = 1_100

describeOwnVault('the token of a store', () => {
  let vault: VaultServer
  let stores: CountedStores

  beforeAll(async () => {
    vault = await startVaultServer()
    stores = await setUpCountedStores(vault)
    // As it is where others have mounted AppRole: five wrong secret ids close a role.
    await vault.api('POST', 'sys/auth/approle/tune', { user_lockout_config: { lockout_disable: false } })
  })
  afterAll(() => vault.stop())

  const revokeAll = () => vault.api('PUT', 'sys/leases/revoke-prefix/auth/approle/login')

  it('is got once, however many calls come first at the same time', async () => {
    const counted = await stores.open('single-flight')
    await Promise.all(Array.from({ length: 50 }, () => counted.store.get(document)))
    expect(counted.logins).toBe(1)
    await counted.store.close()
  })

  it('is got anew when it was revoked: once for all calls, and no read or write fails', async () => {
    const counted = await stores.open('revoked')
    await counted.store.check()
    await delay(undoubtedMs)
    await revokeAll()

    const reads = Array.from({ length: 50 }, () => counted.store.get(document))
    const [version, ...secrets] = await Promise.all([counted.store.put(key, {}, 0), ...reads])

    expect(version).toBe(1)
    expect(secrets.filter((secret) => secret?.version === 1)).toHaveLength(50)
    expect(counted.logins).toBe(2)
    await counted.store.close()
  })

  it('is kept when a policy refuses a call: that is forbidden, and nobody logs in for it', async () => {
    const counted = await stores.open('forbidden')
    await counted.store.check()
    await delay(undoubtedMs)
    const refused = Array.from({ length: 30 }, () => counted.store.list(kindFolder('accounts')))
    for (const result of await Promise.allSettled(refused)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { name: 'StoreError', reason: 'forbidden' } })
    }
    expect(counted.logins).toBe(1)
    await counted.store.close()
  })

  it('comes from the secret id that is in the file at each login, so that one which was replaced is taken up', async () => {
    const { roleId, secretId, name } = await stores.roles.credentialOf('config-api')
    const file = join(temporaryDirectory(), 'secret-id')
    writeFileSync(file, `${secretId}\n`)
    const auth = { kind: 'app-role', roleId, secretId: secretFromFile(file) } as const
    const store = openVaultStore({ address: vault.address, mount: stores.roles.mount, auth })
    await store.check()
    await delay(undoubtedMs)
    await vault.api('POST', `auth/approle/role/${name}/secret-id/destroy`, { secret_id: secretId })
    await revokeAll()
    // More often than it takes to be locked out.
    for (let n = 0; n < 5; n++) await expect(store.get(document)).rejects.toMatchObject(unavailable)

    writeFileSync(file, (await stores.roles.credentialOf('config-api')).secretId)

    expect(await store.get(document)).toMatchObject({ value: { n: 1 } })
    await store.close()
  })

  it('is not there without its file, which the error names', async () => {
    const file = join(temporaryDirectory(), 'nothing')
    const auth = { kind: 'app-role', roleId: 'r', secretId: secretFromFile(file) } as const
    const store = openVaultStore({ address: vault.address, mount: stores.roles.mount, auth })
    await expect(store.check()).rejects.toMatchObject({
      ...unavailable,
      message: `The file ${file} with the credential for Vault can't be read: ENOENT.`,
    })
    await store.close()
  })

  it('that was given is replaced when it is revoked and another one is given', async () => {
    const make = async (): Promise<string> =>
      (await vault.api('POST', 'auth/token/create', { policies: [stores.policy] })).body.auth.client_token
    let token = await make()
    const auth = { kind: 'token', token: async () => token } as const
    const store = openVaultStore({ address: vault.address, mount: stores.roles.mount, auth })
    await store.check()
    await delay(undoubtedMs)

    await vault.api('POST', 'auth/token/revoke', { token })
    token = await make()

    expect(await store.get(document)).toMatchObject({ value: { n: 1 } })
    await store.close()
  })
})
