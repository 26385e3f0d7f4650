import type Vault from 'hashi-vault-js'
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
import { retriable, withRetries } from './retry.ts'
import { asStoreError } from './store-failure.ts'
import type { AxiosRequest, VaultClient } from './vault-client.ts'
import { isVaultFailure } from './vault-failure.ts'
import type { VaultToken } from './vault-token.ts'

type Request<T> = (vault: Vault, token: string, axios: AxiosRequest) => PromiseLike<T>

/** Secrets in a KV version 2 engine. */
export class VaultStore implements SecretStore {
  readonly #client: VaultClient
  readonly #token: VaultToken
  readonly #mount: string
  #closed = false

  /** Takes client and token over: {@link close} closes them. */
  constructor(client: VaultClient, token: VaultToken, mount: string) {
    this.#client = client
    this.#token = token
    this.#mount = mount
  }

  async get(path: SecretPath): Promise<StoredSecret | undefined> {
    const request: Request<StoredSecret | undefined> = async (vault, token) =>
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
    const request: Request<number> = async (_vault, token, axios) => {
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
    const request: Request<readonly string[]> = async (vault, token) =>
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
    this.#closed = true
    this.#token.close()
    this.#client.close()
  }

  #newestVersion(path: SecretPath): Promise<NewestVersion | undefined> {
    const request: Request<NewestVersion | undefined> = async (vault, token) =>
      newestVersionOf(await vault.readKVSecretMeta(token, checked(path), this.#mount))
    return this.#ask('read', path, request, () => undefined)
  }

  async #ask<T>(kind: keyof typeof retriable, path: string, request: Request<T>, whenMissing?: () => T): Promise<T> {
    await this.#client.loaded()
    const deadline = AbortSignal.timeout(this.#client.deadlineMs)
    try {
      return await withRetries(retriable[kind], deadline, () => this.#send(request, deadline))
    } catch (error) {
      if (whenMissing !== undefined && isVaultFailure(error, 'missing')) return whenMissing()
      throw asStoreError(error, kind, path)
    }
  }

  async #send<T>(request: Request<T>, deadline: AbortSignal): Promise<T> {
    if (this.#closed) throw new StoreError('unavailable', 'The store is closed.')
    const sendWith = (token: string) => this.#client.call(deadline, (vault, axios) => request(vault, token, axios))
    const token = await this.#token.get(deadline)
    try {
      return await sendWith(token)
    } catch (error) {
      if (!isVaultFailure(error, 'forbidden') || !(await this.#token.isGone(token, deadline))) throw error
      return sendWith(await this.#token.get(deadline))
    }
  }
}

/** A path goes into a url as it is: `..`, `?`, `#` or `%` in it would reach another tenant's secret, or the engine. */
function checked(path: SecretPath | SecretFolder): string {
  if (!/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*\/?$/.test(path)) throw new TypeError('a path is made of validated segments')
  return path
}
