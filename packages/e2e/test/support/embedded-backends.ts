import { join } from 'node:path'
import { openEmbeddedStore, type SecretStore } from '@mtls-gateway/secret-store'
import type { Backends, Env } from './backends.ts'
import { issueToken } from './issue-token.ts'

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

  token(accounts: readonly string[], scopes: readonly string[]): Promise<string> {
    return issueToken(this.env(), accounts, scopes)
  }

  openStore(): SecretStore {
    return openEmbeddedStore({ directory: this.#directory })
  }

  async ready(): Promise<void> {}

  async close(): Promise<void> {}
}
