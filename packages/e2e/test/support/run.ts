import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startVaultServer, type VaultAccess } from '@mtls-gateway/test-kit'
import { hostSharedSystem, sharedVariable } from './shared-system-host.ts'
import { VaultMount } from './vault-mount.ts'
import { tellOfVault } from './vault-of-the-run.ts'

/** Stopped at the end of the run, last started first. */
const ends: (() => Promise<unknown>)[] = []

/** Jest's `globalSetup` for files that run on the embedded backends. */
export async function startEmbedded(): Promise<void> {
  await host(undefined)
}

/** Jest's `globalSetup` for files that run on Vault and Redis. */
export async function startProduction(): Promise<void> {
  const vault = await startVaultServer()
  ends.push(() => vault.stop())
  tellOfVault(vault)
  // Mounts the AppRole login once: files that did so at the same time would collide.
  const directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-set-up-'))
  await VaultMount.open(vault, directory)
  await rm(directory, { recursive: true })
  await host(vault)
}

/** Jest's `globalTeardown`; a second call has nothing to do. */
export async function stopAll(): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end()
}

async function host(vault: VaultAccess | undefined): Promise<void> {
  const shared = await hostSharedSystem(vault)
  ends.push(() => shared.close())
  process.env[sharedVariable(vault !== undefined)] = shared.url
}
