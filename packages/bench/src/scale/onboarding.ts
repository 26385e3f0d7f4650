import type { ApiResponse, IssuedCertificate } from '@mtls-gateway/test-kit'
import type { BenchGateway } from './bench-gateway.ts'
import { inParallel, type Pace } from './pace.ts'
import { batches, type PlannedAccount } from './plan.ts'

export interface AppKey {
  readonly appKey: string
  readonly appSecret: string
}

export interface OnboardedAccount extends PlannedAccount {
  readonly key: AppKey
}

export interface OnboardingOptions {
  readonly gateway: BenchGateway
  readonly accounts: readonly PlannedAccount[]
  readonly pace: Pace
  readonly onProgress: (certificates: number, mappings: number) => void
}

const certificatesARequest = 100
const mappingsARequest = 1_000
const accountsAtOnce = 4
/** The store does not mind that certificates share a key: making one takes longer than storing it. */
const identityCount = 20
const urlLength = 80

/** All accounts through the public API; those of one account one after the other. */
export async function onboard(options: OnboardingOptions): Promise<readonly OnboardedAccount[]> {
  const { clientCa } = options.gateway.target
  const issued = Array.from({ length: identityCount }, (_, n) => clientCa.issue({ commonName: `client-${n}` }))
  const onboarding = new Onboarding(options, await Promise.all(issued))
  const onboarded: OnboardedAccount[] = []
  await inParallel(options.accounts, accountsAtOnce, async (account) => {
    onboarded.push(await onboarding.onboard(account))
  })
  return onboarded
}

/** The url of an account's n-th mapping, which its n-th certificate is for; beyond, from the first again. */
export function mappingUrl(targetUrl: string, account: string, n: number): string {
  return `${targetUrl}/${account}/${n}/`.padEnd(urlLength, 'events-inbound-')
}

class Onboarding {
  readonly #options: OnboardingOptions
  readonly #identities: readonly IssuedCertificate[]
  #certificates = 0
  #mappings = 0

  constructor(options: OnboardingOptions, identities: readonly IssuedCertificate[]) {
    this.#options = options
    this.#identities = identities
  }

  async onboard(account: PlannedAccount): Promise<OnboardedAccount> {
    const ids: number[] = []
    for (const [from, to] of batches(account.certificates, certificatesARequest)) {
      const entries = Array.from({ length: to - from }, (_, n) => this.#certificate(from + n))
      const saved = await this.#post<{ successfulySavedCertificates: { id: number }[] }>(
        account,
        'certificates',
        entries,
      )
      ids.push(...saved.successfulySavedCertificates.map(({ id }) => id))
      this.#certificates += to - from
      this.#report()
    }
    for (const [from, to] of batches(account.mappings, mappingsARequest)) {
      const entries = Array.from({ length: to - from }, (_, n) => this.#mapping(account, from + n, ids))
      await this.#post(account, 'mappings', entries)
      this.#mappings += to - from
      this.#report()
    }
    const key = await this.#post<AppKey>(account, 'app-keys', { label: 'scale', scopes: ['forward'] })
    return { ...account, key }
  }

  #certificate(n: number) {
    const identity = this.#identities[n % this.#identities.length]
    return { name: `certificate-${n}`, certificate: identity?.certificate, privateKey: identity?.privateKey }
  }

  #mapping({ id }: PlannedAccount, n: number, certificates: readonly number[]) {
    const url = mappingUrl(this.#options.gateway.target.url, id, n)
    const certificationId = certificates[n % certificates.length]
    return { name: `mapping-${n}`, serviceId: 'IDP', url, certificationId, enable: true }
  }

  async #post<T>({ id }: PlannedAccount, below: string, body: unknown): Promise<T> {
    const { gateway, pace } = this.#options
    await pace.turn()
    const answer = await gateway.configApi.json<T>('POST', `/mtls/account/${id}/${below}`, body)
    return bodyOf(answer, 201)
  }

  #report(): void {
    this.#options.onProgress(this.#certificates, this.#mappings)
  }
}

/** @throws Error with what was answered instead */
export function bodyOf<T>({ status, body }: ApiResponse<T>, expected: number): T {
  if (status === expected) return body
  throw new Error(`expected ${expected}, got ${status}: ${JSON.stringify(body).slice(0, 1_000)}`)
}
