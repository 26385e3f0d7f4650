import type { SecretStore } from '@mtls-gateway/secret-store'
import { ApiClient, type ApiClientOptions } from '@mtls-gateway/test-kit'
import { newAccountId, Tenant } from './tenant.ts'

/** Where a service listens. */
export interface ServiceUrls {
  readonly url: string
  readonly managementUrl: string
}

/** Both services, as their callers see them. */
export abstract class RunningSystem {
  /** For files of the test; it ends with the system. */
  readonly directory: string
  readonly #clients: ApiClient[] = []

  constructor(directory: string) {
    this.directory = directory
  }

  abstract get configApi(): ServiceUrls
  abstract get forwarderApi(): ServiceUrls

  /** Of the issuer that the services trust; for all accounts with all scopes unless told. */
  abstract token(accounts?: readonly string[], scopes?: readonly string[]): Promise<string>

  /** The store, to be looked at and changed behind the services' backs. The caller closes it. */
  abstract openStore(): SecretStore

  /** All that both services have written so far. */
  abstract readOutput(): Promise<string>

  /** A client of config-api; it ends with the system. */
  toConfigApi(credentials: Omit<ApiClientOptions, 'baseUrl'> = {}): ApiClient {
    return this.#client({ baseUrl: this.configApi.url, ...credentials })
  }

  /** Of the first forwarder unless another is given. */
  toForwarderApi(credentials: Omit<ApiClientOptions, 'baseUrl'> = {}, { url } = this.forwarderApi): ApiClient {
    return this.#client({ baseUrl: url, ...credentials })
  }

  #client(options: ApiClientOptions): ApiClient {
    const client = new ApiClient(options)
    this.#clients.push(client)
    return client
  }

  /** An account that nobody has used, with a client of config-api that may do everything. */
  async newTenant(id: string = newAccountId()): Promise<Tenant> {
    return new Tenant(this, id, this.toConfigApi({ bearer: await this.token() }))
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()))
  }
}
