import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { startVaultServer, type VaultServer } from '@mtls-gateway/test-kit'
import { openVaultStore, type SecretStore } from '../../src/index.ts'
import { describeOwnVault } from './vault-access.ts'
import { document } from './vault-calls.ts'
import { mountKv } from './vault-mount.ts'

describeOwnVault('a write that a real server refuses', () => {
  let vault: VaultServer

  const openOn = (mount: string): SecretStore =>
    openVaultStore({ address: vault.address, mount, auth: { kind: 'token', token: async () => vault.rootToken } })

  beforeAll(async () => {
    vault = await startVaultServer()
    await mountKv(vault, 'kv')
  })
  afterAll(() => vault.stop())

  it('because nothing is mounted there is refused, with its reason', async () => {
    const store = openOn('elsewhere')
    await expect(store.put(document, {}, 0)).rejects.toMatchObject({
      reason: 'refused',
      message: expect.stringMatching(/^accounts\/acme: Vault answered with status 404: no handler for route/),
    })
    await store.close()
  })

  it('because its JSON has more strings than allowed is refused, with its reason, and nothing is written', async () => {
    const store = openOn('kv')
    await store.put(document, { n: 1 }, 0)
    // Names count: a write has five.
    await vault.restart('max_request_json_strings = 4')
    await expect(store.put(document, { n: 2 }, 1)).rejects.toMatchObject({
      reason: 'refused',
      message: expect.stringContaining('exceeded maximum number of strings'),
    })
    expect(await store.get(document)).toEqual({ value: { n: 1 }, version: 1 })

    await vault.restart()
    expect(await store.put(document, { n: 2 }, 1)).toBe(2)
    await store.close()
  })

  it('because it is larger than the server, or the storage below it, takes is too large', async () => {
    const store = openOn('kv')
    const stored = await store.get(document)
    const version = stored?.version ?? 0
    const write = (characters: number) => store.put(document, { text: 'x'.repeat(characters) }, version)
    // Raft's limit: 1 MiB, including what surrounds the value.
    await expect(write(1_048_560)).rejects.toMatchObject({ reason: 'too-large' })
    await vault.restart('max_request_size = 50000')
    await expect(write(60_000)).rejects.toMatchObject({ reason: 'too-large' })
    await vault.restart()
    expect(await store.get(document)).toEqual(stored)
    await store.close()
  })

  it('because it is sealed says so', async () => {
    const store = openOn('kv')
    await vault.seal()
    const sealed = { reason: 'unavailable', message: expect.stringMatching(/status 503: Vault is sealed\.$/) }
    await expect(store.get(document)).rejects.toMatchObject(sealed)
    await expect(store.put(document, {}, 0)).rejects.toMatchObject(sealed)
    await vault.restart()
    await store.close()
  })
})
