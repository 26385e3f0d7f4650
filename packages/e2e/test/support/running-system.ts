import { configApi, forwarderApi, type ServiceContract } from '@mtls-gateway/contract'
import type { SecretStore } from '@mtls-gateway/secret-store'
import type { ApiClient, ApiClientOptions } from '@mtls-gateway/test-kit'
import { ContractClient } from './contract-client.ts'
import { newAccountId, Tenant } from './tenant.ts'

/** Where a service listens. */
export interface ServiceUrls {
  readonly url: string
  readonly managementUrl: string
}

/** Both services, as their callers see them. */
export abstract class RunningSystem {
  /** For files of the test; removed with the system. */
  readonly directory: string
  readonly #clients: ApiClient[] = []

  constructor(directory: string) {
    this.directory = directory
  }

  abstract get configApi(): ServiceUrls
  abstract get forwarderApi(): ServiceUrls

  /** Signed by the issuer that the services trust; by default for all accounts, with all scopes. */
  abstract token(accounts?: readonly string[], scopes?: readonly string[], subject?: string): Promise<string>

  /** The store, to inspect and change behind the services' backs. The caller closes it. */
  abstract openStore(): SecretStore

  /** Everything that both services have written so far. */
  abstract readOutput(): Promise<string>

  /** A client of config-api, which closes with the system. */
  toConfigApi(credentials: Omit<ApiClientOptions, 'baseUrl'> = {}): ApiClient {
    return this.#client(configApi, { baseUrl: this.configApi.url, ...credentials })
  }

  /** A client of the first forwarder, or of another one if given. */
  toForwarderApi(credentials: Omit<ApiClientOptions, 'baseUrl'> = {}, { url } = this.forwarderApi): ApiClient {
    return this.#client(forwarderApi, { baseUrl: url, ...credentials })
  }

  #client(contract: ServiceContract, options: ApiClientOptions): ApiClient {
    const client = new ContractClient(contract, options)
    this.#clients.push(client)
    return client
  }

  /** An account that nobody has used, and a client of config-api that may do everything. */
  async newTenant(id: string = newAccountId()): Promise<Tenant> {
    return new Tenant(this, id, this.toConfigApi({ bearer: await this.token() }))
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()))
  }
}
