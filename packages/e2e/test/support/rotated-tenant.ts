import type { ApiClient, ApiResponse, EchoedRequest, IssuedCertificate, ServiceProcess } from '@mtls-gateway/test-kit'
import { eventually } from './eventually.ts'
import type { RunningSystem } from './running-system.ts'
import { certificateEntry, lp, mustBe, type Tenant } from './tenant.ts'
import type { AppKey } from './wire.ts'

export interface Propagation {
  readonly revision: number
  readonly complete: boolean
  readonly instances: readonly {
    readonly instance: string
    readonly revision: number | null
    readonly since: string | null
    readonly current: boolean
  }[]
}

/** A tenant whose mapped certificate is replaced, and what the forwarders make of that. */
export class RotatedTenant {
  readonly tenant: Tenant
  readonly #system: RunningSystem
  /** Its id. */
  readonly certificate: number
  readonly #url: string
  readonly #appKey: AppKey

  private constructor(system: RunningSystem, tenant: Tenant, url: string, certificate: number, appKey: AppKey) {
    this.tenant = tenant
    this.#system = system
    this.#url = url
    this.certificate = certificate
    this.#appKey = appKey
  }

  static async onboard(system: RunningSystem, identity: IssuedCertificate, url: string): Promise<RotatedTenant> {
    const tenant = await system.newTenant()
    const { certificate } = await tenant.onboard(identity, url)
    return new RotatedTenant(system, tenant, url, certificate.id, await tenant.newAppKey(['forward']))
  }

  async replace(identity: IssuedCertificate): Promise<void> {
    const renewed = [{ ...certificateEntry('c1', identity), id: this.certificate }]
    mustBe(200, await this.tenant.api.json('PUT', this.tenant.path('certificates'), renewed))
  }

  /** A client of a forwarder, the first unless another is given. */
  caller(forwarder?: ServiceProcess): ApiClient {
    return this.#system.toForwarderApi({ oauth1: this.#appKey }, forwarder)
  }

  /** Whose certificate the target sees of a call. */
  async presented(caller: ApiClient): Promise<string | undefined> {
    const { body } = await caller.json<EchoedRequest>('GET', this.tenant.forwardPath, undefined, lp(this.#url))
    return body.clientCertificate?.commonName
  }

  propagation(): Promise<ApiResponse<Propagation>> {
    return this.tenant.api.json('GET', this.tenant.path(`certificates/${this.certificate}/propagation`))
  }

  /** Once it is so; for 5 s after the start of a Redis it can not be told. */
  async propagated(isSo: (propagation: Propagation) => boolean): Promise<Propagation> {
    const told = await eventually(
      () => this.propagation(),
      ({ status, body }) => status === 200 && isSo(body),
    )
    return told.body
  }
}
