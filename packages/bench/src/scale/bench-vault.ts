import { randomUUID } from 'node:crypto'
import { startVaultServer, type VaultAccess, vaultApi } from '@mtls-gateway/test-kit'
import { type CountingProxy, startCountingProxy } from './counting-proxy.ts'

export interface BenchVault {
  /** By which config-api reaches it. */
  readonly env: Readonly<Record<string, string>>
  /** The same for the forwarder, whose reads are counted. */
  readonly countedEnv: Readonly<Record<string, string>>
  readonly countDuring: CountingProxy['countDuring']
  /** Leaves nothing of the measurement behind. */
  close(): Promise<void>
}

/** A fresh mount in the Vault that VAULT_ADDR and VAULT_TOKEN name, else in one that is started for it. */
export async function openBenchVault(environment: NodeJS.ProcessEnv): Promise<BenchVault> {
  const { access, stop } = await openVault(environment)
  const mount = `scale-${randomUUID()}`
  const mounted = await access.api('POST', `sys/mounts/${mount}`, { type: 'kv', options: { version: '2' } })
  if (mounted.status !== 204) throw new Error(`Vault does not mount a KV engine for this token: ${mounted.status}`)
  const proxy = await startCountingProxy(access.address)
  const env = { SECRET_STORE: 'vault', VAULT_TOKEN: access.rootToken, VAULT_MOUNT: mount, SINGLE_INSTANCE: 'true' }
  return {
    env: { ...env, VAULT_ADDR: access.address },
    countedEnv: { ...env, VAULT_ADDR: proxy.address },
    countDuring: proxy.countDuring,
    close: async () => {
      await proxy.close()
      await access.api('DELETE', `sys/mounts/${mount}`)
      await stop()
    },
  }
}

async function openVault({
  VAULT_ADDR: address,
  VAULT_TOKEN: token,
}: NodeJS.ProcessEnv): Promise<{ access: VaultAccess; stop: () => Promise<void> }> {
  if (address === undefined || token === undefined) {
    const server = await startVaultServer()
    return { access: server, stop: () => server.stop() }
  }
  const api: VaultAccess['api'] = (method, path, body, as = token) => vaultApi(address, method, path, body, as)
  return { access: { address, rootToken: token, api }, stop: async () => {} }
}
