import type { ApiClient, ApiResponse } from '@mtls-gateway/test-kit'

export interface AppKey {
  readonly appKey: string
  readonly appSecret: string
}

export interface NewCertificate {
  readonly name: string
  /** PEM, the leaf first. */
  readonly certificate: string
  readonly privateKey: string
}

export interface NewMapping {
  readonly name: string
  readonly url: string
  readonly certificationId: number
  readonly targetTrust?: { readonly caCertificates?: string; readonly serverName?: string }
  readonly targetAuth?: Readonly<Record<string, string>>
  readonly messageSignature?: Readonly<Record<string, string>>
}

const certificatesARequest = 100
const mappingsARequest = 1_000

export interface BenchAccountOptions {
  readonly id: string
  readonly configApi: ApiClient
  /** Awaited before each request. */
  readonly pace?: () => Promise<void>
  /** Told of each request that was answered. */
  readonly onSaved?: (what: 'certificates' | 'mappings', count: number) => void
}

/** An account that is filled through the public API. Each step must succeed. */
export class BenchAccount {
  readonly id: string
  readonly #options: BenchAccountOptions

  constructor(options: BenchAccountOptions) {
    this.id = options.id
    this.#options = options
  }

  /** @returns the ids, in the order of the certificates */
  async addCertificates(certificates: readonly NewCertificate[]): Promise<readonly number[]> {
    const ids: number[] = []
    for (const batch of batchesOf(certificates, certificatesARequest)) {
      const saved = await this.#send<SaveResult>('POST', 'certificates', batch, 201)
      ids.push(...saved.successfulySavedCertificates.map(({ id }) => id))
      this.#options.onSaved?.('certificates', batch.length)
    }
    return ids
  }

  /** Puts another certificate in the place of one: its mappings present it from now on. */
  async replaceCertificate(id: number, certificate: NewCertificate): Promise<void> {
    await this.#send('PUT', 'certificates', [{ ...certificate, id }], 200)
  }

  async addMappings(mappings: readonly NewMapping[]): Promise<void> {
    for (const batch of batchesOf(mappings, mappingsARequest)) {
      const entries = batch.map((mapping) => ({ ...mapping, serviceId: 'IDP', enable: true }))
      await this.#send('POST', 'mappings', entries, 201)
      this.#options.onSaved?.('mappings', batch.length)
    }
  }

  addAppKey(scopes: readonly string[] = ['forward']): Promise<AppKey> {
    return this.#send<AppKey>('POST', 'app-keys', { label: 'bench', scopes }, 201)
  }

  async deleteAppKey({ appKey }: AppKey): Promise<void> {
    await this.#send('DELETE', `app-keys/${appKey}`, undefined, 200)
  }

  async #send<T>(method: string, below: string, body: unknown, expected: number): Promise<T> {
    await this.#options.pace?.()
    return bodyOf(await this.#options.configApi.json<T>(method, `/mtls/account/${this.id}/${below}`, body), expected)
  }
}

interface SaveResult {
  readonly successfulySavedCertificates: readonly { readonly id: number }[]
}

/** @throws Error with what was answered instead */
export function bodyOf<T>({ status, body }: ApiResponse<T>, expected: number): T {
  if (status === expected) return body
  throw new Error(`expected ${expected}, got ${status}: ${JSON.stringify(body).slice(0, 1_000)}`)
}

function batchesOf<T>(items: readonly T[], length: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / length) }, (_, n) => items.slice(n * length, (n + 1) * length))
}
