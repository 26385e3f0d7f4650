import type { Explanation, ServiceAndUrl } from '@mtls-gateway/contract'
import {
  type AccountId,
  explainMapping,
  parseTargetUrl,
  type RecordId,
  type ServiceCatalogue,
} from '@mtls-gateway/domain'
import type { AccountWriter } from '@mtls-gateway/registry'
import { presentKeys } from '../certificates/present-keys.ts'
import { viewExplanation } from './explanation-view.ts'
import type { TrustRecords } from './trust-records.ts'

/** Says of a call which mapping and certificate it would use now, and why. */
export class MappingExplainer {
  readonly #writer: AccountWriter
  readonly #services: ServiceCatalogue
  readonly #trusts: TrustRecords

  constructor(writer: AccountWriter, services: ServiceCatalogue, trusts: TrustRecords) {
    this.#writer = writer
    this.#services = services
    this.#trusts = trusts
  }

  /** @throws CodedError `UNKNOWN_SERVICE`, what is wrong with the url, `STORE_UNAVAILABLE` */
  async explain(siteId: AccountId, { serviceName, url }: ServiceAndUrl): Promise<Explanation> {
    const service = this.#services.resolve(String(serviceName))
    const target = parseTargetUrl(url).normalised
    const account = await this.#writer.read(siteId)
    const now = Date.now()
    const explanation = explainMapping(account, service.number, target, now)
    const { match, nearMisses } = explanation
    const shown = [...(match ? [match.mapping] : []), ...nearMisses.map(({ mapping }) => mapping)]
    const [caCertificates, present] = await Promise.all([
      this.#trusts.read(siteId, shown),
      match ? presentKeys(this.#writer, siteId, match.certificate) : new Set<RecordId>(),
    ])
    const hasKey = (keyId: RecordId) => present.has(keyId)
    return viewExplanation(explanation, { service, url: target, siteId, caCertificates, hasKey, now })
  }
}
