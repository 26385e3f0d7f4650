import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { SecretStore } from '../../src/index.ts'
import { freshPath } from '../fresh-path.ts'
import { describeVault, openTestVault, type TestVault } from './vault-access.ts'
import { setUpRoles, type VaultRoles } from './vault-roles.ts'

/** Only an operator does so, by hand. */
describeVault('a secret that was deleted in Vault', () => {
  let vault: TestVault
  let roles: VaultRoles
  let store: SecretStore

  beforeAll(async () => {
    vault = await openTestVault()
    roles = await setUpRoles(vault)
    store = roles.openAsRoot()
  })
  afterAll(async () => {
    await store.close()
    await vault.api('DELETE', `sys/mounts/${roles.mount}`)
    await vault.stop()
  })

  it('is told from one that is missing, can not be created over, and is there again when it is undeleted', async () => {
    const path = freshPath('accounts')
    await store.put(path, { n: 1 }, 0)
    await vault.api('DELETE', `${roles.mount}/data/${path}`)

    await expect(store.get(path)).rejects.toMatchObject({ name: 'StoreError', reason: 'deleted' })
    expect(await store.exists(path)).toBe(false)
    expect(await store.writtenAt(path)).toBeGreaterThan(0)
    await expect(store.put(path, {}, 0)).rejects.toMatchObject({ reason: 'conflict' })

    await vault.api('POST', `${roles.mount}/undelete/${path}`, { versions: [1] })
    expect(await store.get(path)).toEqual({ value: { n: 1 }, version: 1 })
    expect(await store.exists(path)).toBe(true)
  })

  it('is told from one that is missing also if its version was destroyed', async () => {
    const path = freshPath('keys')
    await store.put(path, { n: 1 }, 0)
    await vault.api('PUT', `${roles.mount}/destroy/${path}`, { versions: [1] })

    await expect(store.get(path)).rejects.toMatchObject({ reason: 'deleted' })
    expect(await store.exists(path)).toBe(false)
  })

  it('is there until then if it is to be deleted later', async () => {
    const path = freshPath('keys')
    await vault.api('POST', `${roles.mount}/metadata/${path}`, { delete_version_after: '1h' })
    expect(await store.exists(path)).toBe(false)
    expect(await store.get(path)).toBeUndefined()

    await store.put(path, { n: 1 }, 0)

    expect(await store.exists(path)).toBe(true)
    expect(await store.get(path)).toEqual({ value: { n: 1 }, version: 1 })
  })

  it('is purged with all that is left of it', async () => {
    const path = freshPath('keys')
    await store.put(path, { n: 1 }, 0)
    await vault.api('DELETE', `${roles.mount}/data/${path}`)

    await store.purge(path)

    expect(await store.get(path)).toBeUndefined()
    expect(await store.put(path, {}, 0)).toBe(1)
  })
})
