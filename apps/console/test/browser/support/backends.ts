import { startRedisServer, startVaultServer } from '@mtls-gateway/test-kit'
import type { Env } from './system-parts.ts'

/** What it takes to have several forwarders: a Vault and a Redis. @returns the settings of services that use them */
export async function startBackends(running: AsyncDisposableStack): Promise<Env> {
  const vault = running.adopt(await startVaultServer(), (server) => server.stop())
  const redis = running.adopt(await startRedisServer(), (server) => server.stop())
  await vault.api('POST', 'sys/mounts/mtls-gateway', { type: 'kv', options: { version: '2' } })
  // A new Redis refuses what was signed before its services began to claim nonces.
  await redis.command('SET', 'mtls:nonce:{0}:epoch', '1000')
  return { SECRET_STORE: 'vault', VAULT_ADDR: vault.address, VAULT_TOKEN: vault.rootToken, REDIS_URL: redis.url }
}
