import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openVaultStore, type SecretStore } from '../../src/index.ts'
import { json, type StandIn, secretAnswer, startStandIn } from './stand-in-vault.ts'
import { describeVault, openTestVault, type TestVault } from './vault-access.ts'
import { document } from './vault-calls.ts'
import { mountKv } from './vault-mount.ts'

describeVault('what a real Vault holds', () => {
  const mount = `form-${process.pid}`
  let vault: TestVault
  let store: SecretStore

  beforeAll(async () => {
    vault = await openTestVault()
    await mountKv(vault, mount)
    store = openVaultStore({
      address: vault.address,
      mount,
      auth: { kind: 'token', token: async () => vault.rootToken },
    })
  })
  afterAll(async () => {
    await store.close()
    await vault.api('DELETE', `sys/mounts/${mount}`)
    await vault.stop()
  })

  it('is one string, and what was written before that is read, and replaced by one', async () => {
    const old = { format: 1, account: { certificates: [{ name: 'a' }], json: 'text' } }
    await vault.api('POST', `${mount}/data/${document}`, { data: old })
    expect(await store.get(document)).toEqual({ value: old, version: 1 })

    await store.put(document, old, 1)
    const { body } = await vault.api('GET', `${mount}/data/${document}`)
    expect(body.data.data).toEqual({ json: JSON.stringify(old) })
    expect(await store.get(document)).toEqual({ value: old, version: 2 })
  })
})

describe('a stored value that was not written so', () => {
  let server: StandIn
  let store: SecretStore

  beforeAll(async () => {
    server = await startStandIn()
    store = openVaultStore({ address: server.address, auth: { kind: 'token', token: async () => 'hvs.test' } })
  })
  afterAll(async () => {
    await store.close()
    await server.stop()
  })

  it.each(['', '{"key":"BEGIN', '[]', 'null', '"text"'])('is damaged, and not repeated: %j', async (text) => {
    server.answerWith((response) => json(response, 200, secretAnswer({ json: text })))
    await expect(store.get(document)).rejects.toMatchObject({
      reason: 'damaged',
      message: 'What Vault holds there is not what was written.',
    })
  })
})
