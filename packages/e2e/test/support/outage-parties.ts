import type { ApiResponse, IssuedCertificate } from '@mtls-gateway/test-kit'
import type { System } from './system.ts'
import { certificateEntry, lp, newAccountId, type Tenant } from './tenant.ts'
import type { Certificate, Mapping } from './wire.ts'

export type Call = () => Promise<ApiResponse<unknown>>

/** A change of an account that nothing else changes. */
export interface Change {
  readonly tenant: Tenant
  readonly make: Call
  readonly isUpload?: true
  /** Statuses of the change when it is made again: done now, or done the first time. */
  readonly again: readonly number[]
}

/** Who calls while a store is away. */
export class OutageParties {
  readonly #system: System
  readonly #identity: IssuedCertificate
  readonly #url: string

  constructor(system: System, identity: IssuedCertificate, url: string) {
    this.#system = system
    this.#identity = identity
    this.#url = url
  }

  /** An account with a mapping, which no forwarder has read yet, and its calls. */
  async caller(): Promise<Readonly<Record<'forward' | 'check' | 'list', Call>>> {
    const { tenant } = await this.#onboarded()
    const caller = await tenant.newCaller()
    return {
      forward: () => caller.json('GET', tenant.forwardPath, undefined, lp(this.#url)),
      check: () => caller.json('POST', '/mtls/mapping?v=2', [this.#entry(tenant.id)]),
      list: () => tenant.api.json('GET', tenant.path('certificates')),
    }
  }

  /** Asks the forwarder for a mapping of an account that never was. */
  async stranger(): Promise<Call> {
    const client = this.#system.toForwarderApi({ bearer: await this.#system.token() })
    return () => client.json('POST', '/mtls/mapping?v=2', [this.#entry(newAccountId())])
  }

  /** One of each kind, ready to be made. */
  changes(): Promise<readonly Change[]> {
    return Promise.all([this.#saving(), this.#savingMany(), this.#mapping(), this.#unmapping(), this.#keyMaking()])
  }

  save(tenant: Tenant, name: string): Call {
    return () => tenant.api.json('POST', tenant.path('certificates'), [certificateEntry(name, this.#identity)])
  }

  health(): readonly Call[] {
    return [this.#system.toConfigApi(), this.#system.toForwarderApi()].map(
      (client) => () => client.json('GET', '/health/ready'),
    )
  }

  async #saving(): Promise<Change> {
    const { tenant } = await this.#onboarded()
    return { tenant, make: this.save(tenant, 'wanted'), isUpload: true, again: [201, 409] }
  }

  /** More than config-api reads and stores at once, so that it would wait several times for a store that is away. */
  async #savingMany(): Promise<Change> {
    const { tenant } = await this.#onboarded()
    const entries = Array.from({ length: 12 }, (_, index) => certificateEntry(`wanted-${index}`, this.#identity))
    const make = () => tenant.api.json('POST', tenant.path('certificates'), entries)
    return { tenant, make, isUpload: true, again: [201, 409] }
  }

  async #mapping(): Promise<Change> {
    const { tenant, certificate } = await this.#onboarded()
    const wanted = { certificationId: certificate.id, serviceId: 'IDP', url: `${this.#url}wanted`, name: 'wanted' }
    const make = () => tenant.api.json('POST', tenant.path('mappings'), [wanted])
    return { tenant, make, again: [201, 409] }
  }

  async #unmapping(): Promise<Change> {
    const { tenant, mapping } = await this.#onboarded()
    const make = () => tenant.api.json('DELETE', tenant.path(`mappings/${mapping.id}`))
    return { tenant, make, again: [200, 404] }
  }

  async #keyMaking(): Promise<Change> {
    const { tenant } = await this.#onboarded()
    const make = () => tenant.api.json('POST', tenant.path('app-keys'), { label: 'wanted', scopes: ['forward'] })
    return { tenant, make, again: [201] }
  }

  async #onboarded(): Promise<{ tenant: Tenant; certificate: Certificate; mapping: Mapping }> {
    const tenant = await this.#system.newTenant()
    return { tenant, ...(await tenant.onboard(this.#identity, this.#url)) }
  }

  #entry(accountId: string) {
    return { serviceName: 'IDP', accountId, url: this.#url }
  }
}
