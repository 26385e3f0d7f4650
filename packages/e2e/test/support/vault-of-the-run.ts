import { type VaultAccess, vaultApi } from '@mtls-gateway/test-kit'

/** The Vault that all files of the run share, which none stops or seals. Workers get it from their environment. */
export function vaultOfTheRun(): VaultAccess {
  const { E2E_VAULT_ADDR: address, E2E_VAULT_TOKEN: rootToken } = process.env
  if (address === undefined || rootToken === undefined) throw new Error('this run has no Vault')
  return {
    address,
    rootToken,
    api: (method, path, body, token = rootToken) => vaultApi(address, method, path, body, token),
  }
}

export function tellOfVault({ address, rootToken }: VaultAccess): void {
  Object.assign(process.env, { E2E_VAULT_ADDR: address, E2E_VAULT_TOKEN: rootToken })
}
