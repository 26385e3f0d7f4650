import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { startVaultServer, type VaultServer } from '@mtls-gateway/test-kit'
import { describeOwnVault } from '../vault-access.ts'
import { infraVault } from '../vault-roles.ts'

describeOwnVault('npm run vault:setup, of a server that would refuse what the gateway writes', () => {
  let vault: VaultServer

  beforeAll(async () => {
    vault = await startVaultServer()
  })
  afterAll(() => vault.stop())

  /** Its exit code, and what it says on stderr. */
  const run = (): Promise<readonly [number | null, string]> => {
    const env = { VAULT_ADDR: vault.address, VAULT_TOKEN: vault.rootToken }
    return new Promise((resolve) => {
      const child = execFile(process.execPath, [join(infraVault, 'setup.mjs')], { env }, (_error, _stdout, stderr) =>
        resolve([child.exitCode, stderr.trim()]),
      )
    })
  }
  const left = async () => (await vault.api('GET', 'mtls-gateway/metadata/chains?list=true')).status

  it('fails, and says what is refused; with the default limits it succeeds and leaves nothing behind', async () => {
    await vault.restart('max_request_size = 500000')
    expect(await run()).toEqual([
      1,
      expect.stringMatching(/^vault:setup: chains\/vault-setup\/[\w-]+: Vault refuses its size\.$/),
    ])

    await vault.restart()
    expect(await run()).toEqual([0, ''])
    expect(await left()).toBe(404)
  })
})
