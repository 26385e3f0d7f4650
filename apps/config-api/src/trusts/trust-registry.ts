import type { TrustDetails, Trust as TrustView } from '@mtls-gateway/contract'
import {
  type Account,
  type AccountId,
  type CommandContext,
  deleteTrust,
  findTrust,
  mappingsOfTrust,
  setTrust,
  type TrustList,
} from '@mtls-gateway/domain'
import type { AccountWriter } from '@mtls-gateway/registry'
import type { Versioned } from '../http/entity-tag.ts'
import type { CaCertificates } from '../mappings/ca-certificates.ts'
import { trustedCas } from '../mappings/target-trust-request.ts'
import { recordsOf, type TrustRecords } from '../mappings/trust-records.ts'

/** The trust lists of an account (docs/mappings.md). */
export class TrustRegistry {
  readonly #writer: AccountWriter
  readonly #cas: CaCertificates
  readonly #records: TrustRecords

  constructor(writer: AccountWriter, cas: CaCertificates, records: TrustRecords) {
    this.#writer = writer
    this.#cas = cas
    this.#records = records
  }

  /** By name. */
  async list(accountId: AccountId): Promise<Versioned<readonly TrustView[]>> {
    const { trusts = [], mappings, revision } = await this.#writer.read(accountId)
    const users = new Map<string, number>()
    for (const { targetTrust } of mappings) {
      if (targetTrust?.trust !== undefined) users.set(targetTrust.trust, (users.get(targetTrust.trust) ?? 0) + 1)
    }
    const sorted = trusts.toSorted((one, other) => (one.name < other.name ? -1 : 1))
    return { value: sorted.map((trust) => viewTrust(trust, users.get(trust.name) ?? 0)), revision }
  }

  /** @throws CodedError `TRUST_NOT_FOUND`, `STORE_UNAVAILABLE` */
  async get(accountId: AccountId, name: string): Promise<Versioned<TrustDetails>> {
    const account = await this.#writer.read(accountId)
    return this.#details(account, findTrust(account, name))
  }

  /**
   * @param text PEM
   * @throws CodedError `TOO_MANY_TRUSTS`, `SCOPE_MISSING`; what is wrong with the certificates; `TOO_MANY_BODIES`
   */
  async set(
    accountId: AccountId,
    context: CommandContext,
    name: string,
    text: string,
  ): Promise<Versioned<TrustDetails>> {
    const read = await this.#cas.read(accountId, [{ caCertificates: text }])
    const { certificates: caCertificates, facts } = trustedCas(text, read, 'caCertificates')
    const stored = await this.#records.store(accountId, [{ caCertificates }])
    const [caRecordId] = stored.records.keys()
    if (caRecordId === undefined) throw new TypeError('certificates are a record')
    const command = setTrust(context, { name, caRecordId, certificates: facts })
    const written = recordsOf(accountId, [caRecordId])
    const { account, result } = await this.#writer.change(accountId, context.changeId, command, { written })
    await this.#records.settle(account, stored, { mappings: [], trusts: result.before ? [result.before] : [] })
    return this.#details(account, result.trust)
  }

  /** The list as it was. @throws CodedError `TRUST_NOT_FOUND`, `TRUST_IN_USE` */
  async delete(accountId: AccountId, context: CommandContext, name: string): Promise<TrustView> {
    const { account, result } = await this.#writer.change(accountId, context.changeId, deleteTrust(context, name))
    await this.#records.settle(account, { records: new Map() }, { mappings: [], trusts: [result] })
    return viewTrust(result, 0)
  }

  /** The PEM is empty if the store has lost it. */
  async #details(account: Account, trust: TrustList): Promise<Versioned<TrustDetails>> {
    const pem = await this.#records.read(account.accountId, [{ targetTrust: trust }])
    const view = viewTrust(trust, mappingsOfTrust(account, trust.name).length)
    return { value: { ...view, caCertificates: pem.get(trust.caRecordId) ?? '' }, revision: trust.revision }
  }
}

function viewTrust({ name, certificates, managedBy }: TrustList, mappings: number): TrustView {
  const [expiresAt = ''] = certificates.map(({ notAfter }) => notAfter).sort()
  return {
    name,
    certificates: certificates.map(({ subject, notAfter, fingerprintSha256 }) => {
      return { subject, notAfter, fingerprintSha256 }
    }),
    expiresAt,
    mappings,
    ...(managedBy !== undefined && { managedBy }),
  }
}
