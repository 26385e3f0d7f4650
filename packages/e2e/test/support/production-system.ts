import { type RedisServer, startVaultServer, type VaultServer } from '@mtls-gateway/test-kit'
import { ProductionBackends, patient } from './production-backends.ts'
import { System, type SystemOptions } from './system.ts'
import type { VaultMount } from './vault-mount.ts'

/** A system on a Vault and a Redis that are its own: they may be paused, killed, sealed. */
export interface Production {
  readonly system: System
  readonly vault: VaultServer
  readonly mount: VaultMount
  readonly redis: RedisServer
  stop(): Promise<void>
}

export async function startProduction(options: Omit<SystemOptions, 'backends'>): Promise<Production> {
  const vault = await startVaultServer()
  const backends = await ProductionBackends.open(vault, patient)
  const system = await System.start({ ...options, backends })
  const stop = async () => {
    await system.stop()
    await vault.stop()
  }
  return { system, vault, mount: backends.mount, redis: backends.redis, stop }
}
