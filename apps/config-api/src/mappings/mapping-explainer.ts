import type { Explanation, ServiceAndUrl } from '@mtls-gateway/contract'
import {
  type AccountId,
  explainMapping,
  type MappingExplanation,
  parseTargetUrl,
  type RecordId,
  type ServiceCatalogue,
  type TargetUrl,
} from '@mtls-gateway/domain'
import { stepsInTurns } from '@mtls-gateway/event-loop'
import type { TargetAccessCheck } from '@mtls-gateway/outbound'
import type { AccountWriter } from '@mtls-gateway/registry'
import { presentKeys } from '../certificates/versions/present-keys.ts'
import { viewExplanation } from './explanation-view.ts'
import type { TrustRecords } from './trust-records.ts'

export interface MappingExplainerParts {
  readonly writer: AccountWriter
  readonly services: ServiceCatalogue
  readonly trusts: TrustRecords
  readonly targets: TargetAccessCheck
}

/** Explains which mapping and certificate a call would use now, and why, and whether its target is allowed. */
export class MappingExplainer {
  readonly #writer: AccountWriter
  readonly #services: ServiceCatalogue
  readonly #trusts: TrustRecords
  readonly #targets: TargetAccessCheck

  constructor({ writer, services, trusts, targets }: MappingExplainerParts) {
    this.#writer = writer
    this.#services = services
    this.#trusts = trusts
    this.#targets = targets
  }

  /** @throws CodedError `UNKNOWN_SERVICE`, what is wrong with the url, `STORE_UNAVAILABLE` */
  async explain(siteId: AccountId, { serviceName, url }: ServiceAndUrl): Promise<Explanation> {
    const named = serviceName === undefined ? undefined : this.#services.resolve(String(serviceName))
    const target = parseTargetUrl(url).normalised
    const now = Date.now()
    const explanation = await this.#readAndExplain(siteId, named?.number, target, now)
    const { match, nearMisses } = explanation
    const service = named ?? (match && this.#services.numbered(match.mapping.serviceId))
    const mappedFor = explanation.candidates.map(({ serviceId }) => this.#services.numbered(serviceId))
    const shown = [...(match ? [match.mapping] : []), ...nearMisses.map(({ mapping }) => mapping)]
    const [caCertificates, present, access] = await Promise.all([
      this.#trusts.read(siteId, shown),
      match ? presentKeys(this.#writer, siteId, match.certificate) : new Set<RecordId>(),
      // Not for other host names: a reader could use it to explore the gateway's own network.
      this.#targets.of(siteId, target, match !== undefined || mappedFor.length > 0),
    ])
    const hasKey = (keyId: RecordId) => present.has(keyId)
    return viewExplanation(explanation, {
      service,
      mappedFor,
      url: target,
      siteId,
      caCertificates,
      hasKey,
      access,
      now,
    })
  }

  /** A function of its own, so that waiting for name servers does not keep the whole account in memory. */
  async #readAndExplain(
    siteId: AccountId,
    serviceId: string | undefined,
    url: TargetUrl,
    now: number,
  ): Promise<MappingExplanation> {
    return this.#writer.lookThrough(siteId, (account) => stepsInTurns(explainMapping(account, serviceId, url, now)))
  }
}
