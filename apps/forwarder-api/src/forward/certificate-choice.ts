import {
  type AccountId,
  type CertificateVersion,
  CodedError,
  type ErrorCode,
  isCodedError,
  type TargetUrl,
  unusableReason,
} from '@mtls-gateway/domain'
import type { ClientIdentity } from '@mtls-gateway/outbound'
import type { AccountReader, AccountSnapshot, IdentityReader } from '@mtls-gateway/registry'

const sentences: Partial<Record<ErrorCode, string>> = {
  MAPPING_DISABLED: 'The mapping of this url is disabled. Enable it, or delete it to call without a certificate.',
  CLIENT_CERTIFICATE_EXPIRED: 'The client certificate mapped to this url has expired. Replace it.',
}

/** Which client certificate a call presents: the same answer for check mapping and for forward. */
export class CertificateChoice {
  readonly #accounts: AccountReader
  readonly #identities: IdentityReader

  constructor(accounts: AccountReader, identities: IdentityReader) {
    this.#accounts = accounts
    this.#identities = identities
  }

  /**
   * The identity to present; undefined if the url is definitely not mapped.
   * @throws CodedError `MAPPING_DISABLED`, `CLIENT_CERTIFICATE_EXPIRED`, `CLIENT_KEY_MISSING`: mapped but unusable, which
   * is never plain TLS; `STORE_UNAVAILABLE`
   */
  async choose(accountId: AccountId, serviceId: string, url: TargetUrl): Promise<ClientIdentity | undefined> {
    const held = this.#accounts.get(accountId)
    const version = this.#versionFor(held && 'then' in held ? await held : held, serviceId, url)
    if (!version) return undefined
    try {
      return await this.#identity(accountId, version)
    } catch (error) {
      if (!isCodedError(error) || error.code !== 'CLIENT_KEY_MISSING') throw error
      // A replacement may have purged it a moment ago: look once which version is current now.
      const newer = this.#versionFor(await this.#accounts.revalidate(accountId, 'missing-key'), serviceId, url)
      if (newer?.versionId === version.versionId) throw error
      return newer && this.#identity(accountId, newer)
    }
  }

  #versionFor(account: AccountSnapshot | undefined, serviceId: string, url: TargetUrl): CertificateVersion | undefined {
    const mapping = account?.findMapping(serviceId, url)
    if (!account || !mapping) return undefined
    const certificate = account.findCertificate(mapping.certificateId)
    if (!certificate) throw new TypeError('a mapping never dangles')
    const reason = unusableReason(mapping, certificate, Date.now())
    if (reason) throw new CodedError(reason, sentences[reason] ?? reason)
    if (this.#accounts.isRevoked(account.accountId, certificate.current.versionId)) {
      throw new CodedError(
        'CLIENT_KEY_MISSING',
        'The client certificate mapped to this url was deleted. Map another one.',
      )
    }
    return certificate.current
  }

  async #identity(accountId: AccountId, { versionId, keyId }: CertificateVersion): Promise<ClientIdentity> {
    const { privateKey, certificates } = await this.#identities.get(accountId, { versionId, keyId })
    return { versionId, privateKey, certificates: certificates.join('\n') }
  }
}
