import { describe } from '@jest/globals'
import { startVaultServer, type VaultAccess, vaultApi, withTools } from '@mtls-gateway/test-kit'

/** For what is not about deadlines: a busy machine may give a server no processor for a while. */
export const patientMs = 10_000

const { VAULT_ADDR, VAULT_TOKEN } = process.env

/** A running Vault that the environment names. */
const given: VaultAccess | undefined =
  VAULT_ADDR === undefined || VAULT_TOKEN === undefined
    ? undefined
    : {
        address: VAULT_ADDR,
        rootToken: VAULT_TOKEN,
        api: (method, path, body, token = VAULT_TOKEN) => vaultApi(VAULT_ADDR, method, path, body, token),
      }

/** For tests that stop, pause or seal the server: it has to be their own. */
export const describeOwnVault: typeof describe.skip = withTools(describe, 'OpenBao')
/** For tests that any Vault will do for. */
export const describeVault: typeof describe.skip = given === undefined ? describeOwnVault : describe

export interface TestVault extends VaultAccess {
  stop(): Promise<void>
}

/** The one that the environment names, else one that is started. */
export async function openTestVault(): Promise<TestVault> {
  return given === undefined ? startVaultServer() : { ...given, stop: async () => {} }
}
