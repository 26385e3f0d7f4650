import type { SecretFolder, SecretPath } from '../port/paths.ts'
import {
  isStoreError,
  maxSecretBytes,
  type SecretStore,
  type SecretValue,
  type StoredSecret,
  StoreError,
} from '../port/secret-store.ts'
import { type NewestVersion, namesOf, newestVersionOf, secretOf, writtenVersion } from './kv-answers.ts'
import { type OneString, writtenValue } from './one-string.ts'
import { retriable } from './retry.ts'
import { asStoreError } from './store-failure.ts'
import { isVaultFailure } from './vault-failure.ts'
import type { VaultRequest, VaultSession } from './vault-session.ts'

/** Secrets in a KV version 2 engine. */
export class VaultStore implements SecretStore {
  readonly #session: VaultSession
  readonly #mount: string

  /** Takes the session over: {@link close} closes it. */
  constructor(session: VaultSession, mount: string) {
    this.#session = session
    this.#mount = mount
  }

  async get(path: SecretPath): Promise<StoredSecret | undefined> {
    const request: VaultRequest<StoredSecret | undefined> = async (vault, token) =>
      secretOf(await vault.readKVSecret(token, checked(path), undefined, this.#mount))
    const stored = await this.#ask('read', path, request, () => undefined)
    return stored && { ...stored, value: writtenValue(stored.value) }
  }

  async exists(path: SecretPath): Promise<boolean> {
    return (await this.#newestVersion(path))?.isPresent ?? false
  }

  /** Answers for a deleted version, too: what is left of it is there to be purged. */
  async writtenAt(path: SecretPath): Promise<number | undefined> {
    return (await this.#newestVersion(path))?.writtenAt
  }

  async put(path: SecretPath, value: SecretValue, expectedVersion: number): Promise<number> {
    const data: OneString = { json: JSON.stringify(value) }
    if (Buffer.byteLength(data.json) > maxSecretBytes) {
      throw new StoreError('too-large', `The secret for ${path} is over 1 MiB.`)
    }
    // Not createKVSecret, which can only create, nor updateKVSecret, which prints its failures to the console.
    const request: VaultRequest<number> = async (_vault, token, axios) => {
      const answer = await axios({
        method: 'post',
        url: `${this.#mount}/data/${checked(path)}`,
        headers: { 'X-Vault-Token': token },
        data: { options: { cas: expectedVersion }, data },
      })
      return writtenVersion(answer.data)
    }
    try {
      return await this.#ask('write', path, request)
    } catch (error) {
      // Who may create but not change is refused a second write of the same path before Vault looks at the versions.
      if (expectedVersion === 0 && isStoreError(error, 'forbidden') && (await this.exists(path).catch(() => false))) {
        throw new StoreError('conflict', `${path} exists.`)
      }
      throw error
    }
  }

  async list(folder: SecretFolder): Promise<readonly string[]> {
    const request: VaultRequest<readonly string[]> = async (vault, token) =>
      namesOf(await vault.listKVSecrets(token, checked(folder), this.#mount))
    return this.#ask('read', folder, request, () => [])
  }

  async purge(path: SecretPath): Promise<void> {
    // Safe to repeat: what is purged is written once, so nobody writes it again in between.
    await this.#ask('read', path, (vault, token) => vault.eliminateKVSecret(token, checked(path), this.#mount))
  }

  async check(): Promise<void> {
    await this.#ask('read', 'auth/token/lookup-self', (vault, token) => vault.lookupSelfToken(token))
  }

  async close(): Promise<void> {
    this.#session.close()
  }

  #newestVersion(path: SecretPath): Promise<NewestVersion | undefined> {
    const request: VaultRequest<NewestVersion | undefined> = async (vault, token) =>
      newestVersionOf(await vault.readKVSecretMeta(token, checked(path), this.#mount))
    return this.#ask('read', path, request, () => undefined)
  }

  async #ask<T>(
    kind: keyof typeof retriable,
    path: string,
    request: VaultRequest<T>,
    whenMissing?: () => T,
  ): Promise<T> {
    try {
      return await this.#session.ask(retriable[kind], request)
    } catch (error) {
      if (whenMissing !== undefined && isVaultFailure(error, 'missing')) return whenMissing()
      throw asStoreError(error, kind, path)
    }
  }
}

/** A path goes into a url as it is: `..`, `?`, `#` or `%` in it would reach another tenant's secret, or the engine. */
function checked(path: SecretPath | SecretFolder): string {
  if (!/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*\/?$/.test(path)) throw new TypeError('a path is made of validated segments')
  return path
}
