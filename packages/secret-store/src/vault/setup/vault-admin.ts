import { setTimeout as delay } from 'node:timers/promises'
import { isStoreError } from '../../port/secret-store.ts'
import type { VaultServerOptions } from '../options.ts'
import { checkServerOptions } from '../options.ts'
import { asStoreError } from '../store-failure.ts'
import { VaultClient } from '../vault-client.ts'
import { fieldsOf, isVaultFailure } from '../vault-failure.ts'

/** Enabling an engine takes longer than reading a secret. */
const deadlineMs = 15_000

/** What the setup asks of Vault, with an operator's token. Methods reject with a StoreError that names the path. */
export class VaultAdmin {
  readonly #client: VaultClient
  readonly #token: string

  constructor(server: VaultServerOptions, token: string) {
    checkServerOptions(server)
    this.#client = new VaultClient({ deadlineMs, ...server })
    this.#token = token
  }

  /** The `data` of an answer; empty if there is none. hashi-vault-js has no methods for mounts, policies and roles. */
  async ask(method: 'get' | 'post', path: string, data?: object): Promise<Readonly<Record<string, unknown>>> {
    const headers = { 'X-Vault-Token': this.#token }
    try {
      const answer = await this.#client.call(AbortSignal.timeout(this.#client.deadlineMs), (_vault, axios) =>
        axios({ method, url: path, headers, data }),
      )
      return fieldsOf(fieldsOf(answer.data).data)
    } catch (error) {
      throw asStoreError(error, method === 'get' ? 'read' : 'write', path)
    }
  }

  /** What is at a path, or undefined if nothing is. */
  async find(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    try {
      return await this.ask('get', path)
    } catch (error) {
      if (isStoreError(error) && isVaultFailure(error.cause, 'missing')) return undefined
      throw error
    }
  }

  /** A KV engine that was just mounted refuses for a moment, while it makes itself ready for versions. */
  async configureKv(mount: string, settings: object): Promise<void> {
    for (let tried = 1; ; tried++) {
      try {
        await this.#client.call(AbortSignal.timeout(this.#client.deadlineMs), (vault) =>
          vault.updateKVEngineConfig(this.#token, settings, mount),
        )
        return
      } catch (error) {
        if (tried === 20 || !isVaultFailure(error, 'not-done', 'refused', 'unknown'))
          throw asStoreError(error, 'write', `${mount}/config`)
        await delay(100)
      }
    }
  }

  close(): void {
    this.#client.close()
  }
}
