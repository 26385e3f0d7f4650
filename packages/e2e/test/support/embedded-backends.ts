import { join } from 'node:path'
import { isScope, parseAccountId } from '@mtls-gateway/domain'
import { EmbeddedIssuer, generateIssuerKey } from '@mtls-gateway/request-auth'
import { openEmbeddedStore, readOrCreateFile, type SecretStore } from '@mtls-gateway/secret-store'
import type { Backends, Env } from './backends.ts'

/** Files in a directory, and the embedded issuer. */
export class EmbeddedBackends implements Backends {
  readonly prober = undefined
  readonly unheard: Env
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
    this.unheard = { RUNTIME_DIR: join(directory, 'elsewhere') }
  }

  env(): Env {
    return { DATA_DIR: this.#directory }
  }

  /** As `mtls-admin token` makes it, which as a process of its own takes a fifth of a second of processor time. */
  async token(accounts: readonly string[], scopes: readonly string[], subject = 'cli'): Promise<string> {
    const key = readOrCreateFile(join(this.#directory, 'issuer.key'), generateIssuerKey)
    return new EmbeddedIssuer({ key, clock: Date.now }).issue({
      subject,
      accounts: accounts.includes('*') ? '*' : accounts.map(parseAccountId),
      scopes: scopes.filter(isScope),
      expiresInSeconds: 3_600,
    })
  }

  openStore(): SecretStore {
    return openEmbeddedStore({ directory: this.#directory })
  }

  async ready(): Promise<void> {}

  async close(): Promise<void> {}
}
