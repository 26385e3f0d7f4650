import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from '@jest/globals'
import { openVaultStore } from '../src/index.ts'
import { secretStoreContract } from '../src/testing/index.ts'
import { describeVault, openTestVault, type TestVault } from './vault-access.ts'

describeVault('a real Vault', () => {
  const mount = `contract-${randomUUID()}`
  let vault: TestVault

  beforeAll(async () => {
    vault = await openTestVault()
    await vault.api('POST', `sys/mounts/${mount}`, { type: 'kv', options: { version: '2' } })
  })
  afterAll(async () => {
    await vault.api('DELETE', `sys/mounts/${mount}`)
    await vault.stop()
  })

  secretStoreContract('the Vault adapter', async () =>
    openVaultStore({ address: vault.address, mount, auth: { kind: 'token', token: async () => vault.rootToken } }),
  )
})
