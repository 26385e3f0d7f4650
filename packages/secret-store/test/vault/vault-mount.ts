import { setTimeout } from 'node:timers/promises'
import type { VaultAccess } from '@mtls-gateway/test-kit'

/** Mounts a KV version 2 engine, and waits while it refuses everything because it is new. */
export async function mountKv(vault: VaultAccess, mount: string): Promise<void> {
  await vault.api('POST', `sys/mounts/${mount}`, { type: 'kv', options: { version: '2' } })
  while ((await vault.api('GET', `${mount}/config`)).status !== 200) await setTimeout(20)
}
