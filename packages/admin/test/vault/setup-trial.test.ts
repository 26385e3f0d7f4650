import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startVaultServer, type VaultServer, withTools } from '@mtls-gateway/test-kit'
import { mtlsAdmin } from '../invocation.ts'

const describeOwnVault = withTools(describe, 'OpenBao')

describeOwnVault('mtls-admin vault setup, of a server that would refuse what the gateway writes', () => {
  let vault: VaultServer

  beforeAll(async () => {
    vault = await startVaultServer()
  })
  afterAll(() => vault.stop())

  /** Its exit code, and what it says on stderr. */
  const run = async (): Promise<readonly [number, string]> => {
    const { exitCode, stderr } = await mtlsAdmin(['vault', 'setup'], {
      VAULT_ADDR: vault.address,
      VAULT_TOKEN: vault.rootToken,
    })
    return [exitCode, stderr.trim()]
  }
  const left = async () => (await vault.api('GET', 'mtls-gateway/metadata/chains?list=true')).status

  it('fails, and says what is refused; with the default limits it succeeds and leaves nothing behind', async () => {
    await vault.restart('max_request_size = 500000')
    expect(await run()).toEqual([
      2,
      expect.stringMatching(
        /^chains\/vault-setup\/[\w-]+: Vault refuses its size\.\nVault answered with status 413\.$/,
      ),
    ])

    await vault.restart()
    expect(await run()).toEqual([0, ''])
    expect(await left()).toBe(404)
  })
})
