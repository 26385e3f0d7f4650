import { startVaultServer, type VaultAccess, type VaultServer, vaultApi } from '@mtls-gateway/test-kit'

let server: VaultServer | undefined

/**
 * Jest's `globalSetup` of the files that are run on Vault and Redis: one Vault for all of them, which none of them stops or
 * seals. Workers are told by their environment.
 */
export async function startVaultOfTheRun(): Promise<void> {
  server = await startVaultServer()
  Object.assign(process.env, { E2E_VAULT_ADDR: server.address, E2E_VAULT_TOKEN: server.rootToken })
}

export async function stopVaultOfTheRun(): Promise<void> {
  await server?.stop()
}

/** In a worker. */
export function vaultOfTheRun(): VaultAccess {
  const { E2E_VAULT_ADDR: address, E2E_VAULT_TOKEN: rootToken } = process.env
  if (address === undefined || rootToken === undefined) throw new Error('this run has no Vault')
  return {
    address,
    rootToken,
    api: (method, path, body, token = rootToken) => vaultApi(address, method, path, body, token),
  }
}
