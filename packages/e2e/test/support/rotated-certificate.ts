import { expect } from '@jest/globals'
import { type ApiClient, type EchoedRequest, type IssuedCertificate, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from './eventually.ts'
import { recordsOf } from './orphans.ts'
import { Rotation } from './rotation.ts'
import type { RunningSystem } from './running-system.ts'
import { sharedSystem } from './shared-system.ts'
import { lp, type Tenant } from './tenant.ts'

/** A target, both services, and three identities that the target takes: `first`, `second`, `third`. */
export class RotationScene {
  readonly target: TestTarget
  readonly system: RunningSystem
  readonly first: IssuedCertificate
  readonly second: IssuedCertificate
  readonly third: IssuedCertificate

  private constructor(target: TestTarget, system: RunningSystem, [first, second, third]: readonly IssuedCertificate[]) {
    if (!first || !second || !third) throw new TypeError('three are issued')
    this.target = target
    this.system = system
    this.first = first
    this.second = second
    this.third = third
  }

  static async start(): Promise<RotationScene> {
    const system = await sharedSystem()
    const target = await system.startTarget()
    const names = ['first', 'second', 'third']
    const identities = await Promise.all(names.map((commonName) => target.clientCa.issue({ commonName })))
    return new RotationScene(target, system, identities)
  }

  /** A certificate of a tenant of its own, with `first` in use. */
  async onboard(): Promise<RotatedCertificate> {
    const tenant = await this.system.newTenant()
    const url = `${this.target.url}/`
    const { certificate } = await tenant.onboard(this.first, url)
    return new RotatedCertificate(this.system, tenant, certificate.id, { caller: await tenant.newCaller(), url })
  }

  async stop(): Promise<void> {
    await this.system.stop()
    await this.target.close()
  }
}

export class RotatedCertificate extends Rotation {
  readonly tenant: Tenant
  readonly caller: ApiClient
  readonly #system: RunningSystem
  readonly #url: string

  constructor(
    system: RunningSystem,
    tenant: Tenant,
    id: number,
    mapped: { readonly caller: ApiClient; readonly url: string },
  ) {
    super(tenant, id)
    this.tenant = tenant
    this.caller = mapped.caller
    this.#system = system
    this.#url = mapped.url
  }

  /** Whose certificate the target sees of a call, to the first url unless another is given. */
  async presented(url = this.#url): Promise<string | undefined> {
    const headers = lp(url)
    const { body } = await this.caller.json<EchoedRequest>('GET', this.tenant.forwardPath, undefined, headers)
    return body.clientCertificate?.commonName
  }

  /** What the answer to a call says of its certificate. */
  async told(url = this.#url): Promise<string | undefined> {
    const answer = await this.caller.json('GET', this.tenant.forwardPath, undefined, lp(url))
    return answer.headers['lp-presented-certificate']?.toString()
  }

  /** What the target and the caller are told of a call that asks for a version, or why it was not made. */
  async asking(fingerprintSha256: string, url = this.#url): Promise<readonly unknown[]> {
    const headers = { ...lp(url), 'LP-present-certificate': `sha256=${fingerprintSha256}` }
    const {
      status,
      body,
      headers: told,
    } = await this.caller.json<Partial<EchoedRequest & { readonly code: string }>>(
      'GET',
      this.tenant.forwardPath,
      undefined,
      headers,
    )
    return [status, body.clientCertificate?.commonName ?? body.code, told['lp-presented-certificate']]
  }

  /** Calls until the target sees this one's. */
  async expectPresented(commonName: string, url = this.#url): Promise<void> {
    await eventually(
      () => this.presented(url),
      (name) => name === commonName,
    )
  }

  /** As many keys and chains of the tenant are stored as its account names, and so many. */
  async expectKeys(count: number): Promise<void> {
    const store = this.#system.openStore()
    const records = await recordsOf(store).finally(() => store.close())
    const { stored, named } = records.get(this.tenant.id) ?? {}
    expect(stored).toEqual(named)
    expect(stored?.keys).toHaveLength(count)
  }
}
