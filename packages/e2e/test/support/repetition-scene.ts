import { type ApiResponse, type IssuedCertificate, type TestTarget } from '@mtls-gateway/test-kit'
import { promotion, Rotation } from './rotation.ts'
import type { RunningSystem } from './running-system.ts'
import { sharedSystem } from './shared-system.ts'
import { certificateEntry, mustBe, type Tenant } from './tenant.ts'
import type { Requested } from './wire.ts'

export type Request = readonly [method: string, below: string, body?: unknown]
export type Body = Readonly<Record<string, unknown>>

export const requestSpec = { keyType: 'EC-P256', subject: { commonName: 'made here' } }

/** A target, both services, and two identities that the target takes. */
export class RepetitionScene {
  readonly target: TestTarget
  readonly #system: RunningSystem
  readonly #old: IssuedCertificate
  readonly #next: IssuedCertificate

  private constructor(target: TestTarget, system: RunningSystem, old: IssuedCertificate, next: IssuedCertificate) {
    this.target = target
    this.#system = system
    this.#old = old
    this.#next = next
  }

  static async start(): Promise<RepetitionScene> {
    const system = await sharedSystem()
    const target = await system.startTarget()
    const old = await target.clientCa.issue({ commonName: 'old' })
    return new RepetitionScene(target, system, old, await target.clientCa.issue({ commonName: 'next' }))
  }

  async newTenant(): Promise<RepeatingTenant> {
    const tenant = await this.#system.newTenant()
    const { certificate, mapping } = await tenant.onboard(this.#old, `${this.target.url}/one`)
    return new RepeatingTenant(this.target, this.#next, tenant, certificate.id, Number(mapping.id))
  }

  async stop(): Promise<void> {
    await this.#system.stop()
    await this.target.close()
  }
}

/** Has the certificate `c1`, which is mapped to the target. */
export class RepeatingTenant extends Rotation {
  readonly tenant: Tenant
  readonly mappingId: number
  readonly #target: TestTarget
  readonly #next: IssuedCertificate

  constructor(target: TestTarget, next: IssuedCertificate, tenant: Tenant, id: number, mappingId: number) {
    super(tenant, id)
    this.tenant = tenant
    this.mappingId = mappingId
    this.#target = target
    this.#next = next
  }

  /** The next version, as it is uploaded. */
  entry(name: string): ReturnType<typeof certificateEntry> {
    return certificateEntry(name, this.#next)
  }

  /** Below the certificate. */
  of(below: string, method = 'POST', body?: unknown): Request {
    return [method, `certificates/${this.id}/${below}`, body]
  }

  async staged(): Promise<void> {
    mustBe(201, await this.stage(this.#next))
  }

  async promoted(): Promise<void> {
    await this.staged()
    mustBe(200, await this.post(promotion))
  }

  /** The id of the certificate, and what a CA has signed for it. */
  async requested(body: object, below = 'certificates/csr'): Promise<{ id: number; certificate: string }> {
    const made = await this.tenant.api.json<Requested>('POST', this.tenant.path(below), body)
    mustBe(201, made)
    const signed = await this.#target.clientCa.signRequest(made.body.csr)
    return { id: made.body.certificate.id, certificate: signed.certificate }
  }

  send([method, below, body]: Request, key: string): Promise<ApiResponse<Body>> {
    return this.tenant.api.json<Body>(method, this.tenant.path(below), body, { 'idempotency-key': key })
  }

  async audit(): Promise<unknown> {
    return (await this.tenant.api.json('GET', this.tenant.path('audit'))).body
  }
}
