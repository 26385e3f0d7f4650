import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe } from '@jest/globals'
import { findBuiltVault, startVaultServer, withTools } from '@mtls-gateway/test-kit'
import { openVaultStore } from '../../src/index.ts'
import { secretStoreContract } from '../../src/testing/index.ts'
import { describeVault, openTestVault, patientMs, type TestVault } from './vault-access.ts'
import { mountKv } from './vault-mount.ts'

const describeBuilt = withTools(describe, 'Vault 1.14')

const servers = [
  { name: 'the server of all other tests, an OpenBao unless told otherwise', run: describeVault, open: openTestVault },
  { name: 'Vault 1.14', run: describeBuilt, open: () => startVaultServer({ program: findBuiltVault() }) },
]

for (const { name, run, open } of servers) {
  run(name, () => {
    const mount = `contract-${randomUUID()}`
    let vault: TestVault

    beforeAll(async () => {
      vault = await open()
      await mountKv(vault, mount)
    })
    afterAll(async () => {
      await vault.api('DELETE', `sys/mounts/${mount}`)
      await vault.stop()
    })

    secretStoreContract('the Vault adapter', async () => {
      const auth = { kind: 'token', token: async () => vault.rootToken } as const
      return openVaultStore({ address: vault.address, mount, auth, deadlineMs: patientMs })
    })
  })
}
