import type { IssuedCertificate } from '@mtls-gateway/test-kit'
import { type AppKey, BenchAccount, type NewCertificate, type NewMapping } from '../gateway/bench-account.ts'
import type { BenchGateway } from './bench-gateway.ts'
import { inParallel, type Pace } from './pace.ts'
import type { PlannedAccount } from './plan.ts'

export interface OnboardedAccount extends PlannedAccount {
  readonly key: AppKey
}

export interface OnboardingOptions {
  readonly gateway: BenchGateway
  readonly accounts: readonly PlannedAccount[]
  readonly pace: Pace
  readonly onProgress: (certificates: number, mappings: number) => void
}

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
  readonly #saved = { certificates: 0, mappings: 0 }

  constructor(options: OnboardingOptions, identities: readonly IssuedCertificate[]) {
    this.#options = options
    this.#identities = identities
  }

  async onboard(planned: PlannedAccount): Promise<OnboardedAccount> {
    const { gateway, pace, onProgress } = this.#options
    const account = new BenchAccount({
      id: planned.id,
      configApi: gateway.configApi,
      pace: () => pace.turn(),
      onSaved: (what, count) => {
        this.#saved[what] += count
        onProgress(this.#saved.certificates, this.#saved.mappings)
      },
    })
    const ids = await account.addCertificates(
      Array.from({ length: planned.certificates }, (_, n) => this.#certificate(n)),
    )
    await account.addMappings(Array.from({ length: planned.mappings }, (_, n) => this.#mapping(planned, n, ids)))
    return { ...planned, key: await account.addAppKey() }
  }

  #certificate(n: number): NewCertificate {
    const identity = this.#identities[n % this.#identities.length]
    if (identity === undefined) throw new Error('there is no identity')
    return { name: `certificate-${n}`, certificate: identity.certificate, privateKey: identity.privateKey }
  }

  #mapping({ id }: PlannedAccount, n: number, certificates: readonly number[]): NewMapping {
    const url = mappingUrl(this.#options.gateway.target.url, id, n)
    return { name: `mapping-${n}`, url, certificationId: certificates[n % certificates.length] ?? 0 }
  }
}
