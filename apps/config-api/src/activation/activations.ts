import type { ActivationRequest } from '@mtls-gateway/contract'
import {
  type AccountId,
  activatedMapping,
  type CertificateId,
  CodedError,
  type CommandContext,
  findCertificate,
  isUrlPattern,
  type Mapping,
  parseMappingUrl,
  type ServiceCatalogue,
  usableVersion,
} from '@mtls-gateway/domain'
import type { TargetTrust } from '@mtls-gateway/outbound'
import type { AccountWriter } from '@mtls-gateway/registry'
import type { CaCertificates } from '../mappings/ca-certificates.ts'
import type { RequestedActivation } from '../mappings/mapping-request.ts'
import { readTargetTls } from '../mappings/target-tls-request.ts'
import { readTargetTrust } from '../mappings/target-trust-request.ts'
import type { TrustRecords } from '../mappings/trust-records.ts'
import type { CertificateProbes, UrlToProbe } from '../prober/certificate-probes.ts'
import { viewProbedTarget } from '../prober/probed-target-view.ts'

/** The call only shows whether the target accepts the certificate. */
const method = 'HEAD'
const deadlineMs = 30_000

export interface ActivationsParts {
  readonly writer: AccountWriter
  readonly services: ServiceCatalogue
  readonly caCertificates: CaCertificates
  readonly trusts: TrustRecords
  readonly probes: CertificateProbes
}

/** Prepares mappings made in one step, on request after a call that shows that the target accepts the certificate. */
export class Activations {
  readonly #parts: ActivationsParts

  constructor(parts: ActivationsParts) {
    this.#parts = parts
  }

  /** @throws CodedError `UNKNOWN_SERVICE`, what is wrong with the url or the trust */
  async read(
    account: AccountId,
    certificateId: CertificateId,
    { serviceName, url, targetTrust, targetTls }: ActivationRequest,
  ): Promise<RequestedActivation> {
    const { services, caCertificates } = this.#parts
    const serviceId = services.resolve(String(serviceName)).number
    const place = { certificateId, serviceId, url: parseMappingUrl(url) }
    const trust = targetTrust && readTargetTrust(targetTrust, await caCertificates.read(account, [targetTrust]))
    return { ...place, targetTrust: trust, targetTls: targetTls && readTargetTls(targetTls) }
  }

  /**
   * Calls the url with the certificate, and verifies the target as the mapping will.
   * @throws CodedError `URL_VALIDATION_FAILED`; `VALIDATION_FAILED`: a pattern can't be called; why the certificate
   *   can't be used; what the mapping would be refused with
   */
  async validate(accountId: AccountId, context: CommandContext, activation: RequestedActivation): Promise<void> {
    const { writer, trusts, probes } = this.#parts
    const { certificateId: id, serviceId, url, targetTrust, targetTls } = activation
    if (isUrlPattern(url))
      throw new CodedError('VALIDATION_FAILED', 'A pattern cannot be called. Activate it without validation.')
    const account = await writer.readInTurn(accountId)
    const mapping = activatedMapping(account, { certificateId: id, serviceId, url })
    const usable = usableVersion({ enable: true }, findCertificate(account, id), Date.now())
    if ('problem' in usable) {
      throw new CodedError(
        usable.problem,
        'The certificate cannot be used now, so the url was neither called nor mapped.',
      )
    }
    const { version } = usable
    const use = { id, versionId: version.versionId, purpose: 'activate' as const, target: new URL(url).host }
    const trust = targetTrust && (await trusts.prepare(accountId, targetTrust))
    const urls = [urlToProbe({ url, trust, targetTls }, mapping)]
    const order = { use, version, urls, method, deadlineMs }
    const [probed] = await probes.run(accountId, context, order)
    if (probed?.failure === undefined) return
    throw new CodedError('URL_VALIDATION_FAILED', `Nothing was mapped: ${probed.failure.message}`, {
      details: { trial: { url, ...viewProbedTarget(probed) } },
    })
  }
}

/** A request without a trust, or TLS settings, keeps those of the mapping. */
function urlToProbe(
  { url, trust, targetTls }: Pick<RequestedActivation, 'url' | 'targetTls'> & { trust: TargetTrust | null | undefined },
  mapping: Mapping | undefined,
): UrlToProbe {
  const tls = (targetTls === undefined ? mapping?.targetTls : targetTls) ?? undefined
  if (trust === undefined && mapping !== undefined) return { url, tls, mapping }
  return { url, tls, trust: trust ?? undefined }
}
