import type { CheckedEntry } from '@mtls-gateway/contract'
import { isCodedError, parseAccountId, parseTargetUrl, type ServiceCatalogue } from '@mtls-gateway/domain'
import { authorizeAccount, type Principal } from '@mtls-gateway/request-auth'
import { type CertificateChoice, isMapped, type MappableCall } from '../forward/certificate/certificate-choice.ts'

/** Errors that mean that a mapping can't be used. Any other error is no answer to the question. */
const unusable = new Set([
  'MAPPING_DISABLED',
  'CLIENT_CERTIFICATE_EXPIRED',
  'CLIENT_CERTIFICATE_NOT_YET_VALID',
  'CERTIFICATE_PENDING_SIGNATURE',
  'CLIENT_KEY_MISSING',
  // The CA certificates of its targetTrust are missing. The target itself is not called here.
  'TARGET_UNREACHABLE',
])

/** Whether a forward of an entry would present a certificate. */
export class CheckMapping {
  readonly #choice: CertificateChoice
  readonly #services: ServiceCatalogue

  constructor(choice: CertificateChoice, services: ServiceCatalogue) {
    this.#choice = choice
    this.#services = services
  }

  /**
   * One answer for each entry, in order.
   * @throws CodedError `WRONG_ACCOUNT`, `UNKNOWN_SERVICE`, what is wrong with a url, `STORE_UNAVAILABLE`
   */
  async check(principal: Principal, entries: readonly CheckedEntry[]): Promise<readonly boolean[]> {
    const calls = entries.map((entry): MappableCall => {
      const accountId = parseAccountId(entry.accountId)
      authorizeAccount(principal, accountId)
      const serviceId = this.#services.resolve(String(entry.serviceName)).number
      return { accountId, serviceId, url: parseTargetUrl(entry.url).normalised }
    })
    return Promise.all(
      calls.map(async (call) => {
        try {
          return isMapped(await this.#choice.choose(call))
        } catch (error) {
          if (isCodedError(error) && unusable.has(error.code)) return false
          throw error
        }
      }),
    )
  }
}
