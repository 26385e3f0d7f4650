import { type AccountId, CodedError, isCodedError, type MappingTrust, type RecordId } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'
import { mappingTargetTrust, type TargetTrust } from '@mtls-gateway/outbound'
import type { CaCertificateReader } from '@mtls-gateway/registry'

/**
 * How mappings want their targets verified, prepared once and not for every call. Kept as long as connections use it:
 * an account's copy must not hold the CA certificates of all its mappings, as its size does not include them.
 */
export class MappingTrusts {
  readonly #certificates: CaCertificateReader
  readonly #prepared = new WeakMap<MappingTrust, WeakRef<TargetTrust>>()

  constructor(certificates: CaCertificateReader) {
    this.#certificates = certificates
  }

  /**
   * Returns without a promise if it is prepared.
   * @throws CodedError `TARGET_UNREACHABLE` if the CA certificates are missing: a target is never verified by less than
   *   its mapping says; `STORE_UNAVAILABLE`
   */
  get(accountId: AccountId, trust: MappingTrust): MaybePromise<TargetTrust> {
    const prepared = this.#prepared.get(trust)?.deref()
    if (prepared !== undefined) return prepared
    const { caRecordId } = trust
    return caRecordId === undefined ? this.#prepare(trust) : this.#load(accountId, trust, caRecordId)
  }

  async #load(accountId: AccountId, trust: MappingTrust, id: RecordId): Promise<TargetTrust> {
    const caCertificates = await this.#certificates.get(accountId, id)
    if (caCertificates === undefined) throw trustMissing()
    return this.#prepare(trust, caCertificates)
  }

  #prepare(trust: MappingTrust, caCertificates?: string): TargetTrust {
    const prepared = mappingTargetTrust(trust, caCertificates)
    this.#prepared.set(trust, new WeakRef(prepared))
    return prepared
  }
}

/** Whether this is the error of {@link MappingTrusts.get} about missing CA certificates. */
export function isTrustMissing(error: unknown): boolean {
  return isCodedError(error) && error.details.transportCode === 'TARGET_TRUST_UNUSABLE'
}

function trustMissing(): CodedError {
  return new CodedError(
    'TARGET_UNREACHABLE',
    'The CA certificates for this target are missing from the store. Update the mapping with its targetTrust, or set its trust list again.',
    { details: { transportCode: 'TARGET_TRUST_UNUSABLE' } },
  )
}
