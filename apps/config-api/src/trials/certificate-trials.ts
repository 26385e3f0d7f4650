import type { Trial, TrialRequest } from '@mtls-gateway/contract'
import {
  type Account,
  type AccountId,
  type Certificate,
  type CertificateId,
  CodedError,
  type CommandContext,
  findCertificate,
  type IdleVersion,
  isRequested,
  type MappingTls,
  parseTargetUrl,
  stagedNotFound,
  stagedPending,
  type TargetUrl,
  trialMapping,
  usableVersion,
} from '@mtls-gateway/domain'
import type { TargetTrust } from '@mtls-gateway/outbound'
import type { AccountWriter } from '@mtls-gateway/registry'
import type { CaCertificates } from '../mappings/ca-certificates.ts'
import { readTargetTls } from '../mappings/target-tls-request.ts'
import { readTargetTrust } from '../mappings/target-trust-request.ts'
import type { TrustRecords } from '../mappings/trust-records.ts'
import type { CertificateProbes, UrlToProbe } from '../prober/certificate-probes.ts'
import { viewProbedTarget } from '../prober/probed-target-view.ts'

const deadlineMs = 30_000

export interface CertificateTrialsParts {
  readonly writer: AccountWriter
  readonly caCertificates: CaCertificates
  readonly trusts: TrustRecords
  readonly probes: CertificateProbes
}

/** Calls a url with a stored certificate. Nothing is left of it but the audit entry of the key's use. */
export class CertificateTrials {
  readonly #parts: CertificateTrialsParts

  constructor(parts: CertificateTrialsParts) {
    this.#parts = parts
  }

  /**
   * @throws CodedError `CERTIFICATE_NOT_FOUND`, `STAGED_NOT_FOUND`, `STAGED_PENDING`, why the version in use can't be
   *   used; what is wrong with the url or the trust; what the prober throws
   */
  async run(
    accountId: AccountId,
    context: CommandContext,
    id: CertificateId,
    { url, method, targetTrust, targetTls, version: wanted }: TrialRequest,
  ): Promise<Trial> {
    const { caCertificates, trusts, probes } = this.#parts
    const target = parseTargetUrl(url).normalised
    const requested = targetTrust && readTargetTrust(targetTrust, await caCertificates.read(accountId, [targetTrust]))
    const trust = requested && (await trusts.prepare(accountId, requested))
    const tls = targetTls && readTargetTls(targetTls)
    const { version, toProbe } = await this.#find(accountId, { id, wanted, target, trust, tls })
    const use = { id, versionId: version.versionId, purpose: 'try' as const, target: new URL(target).host }
    const [probed] = await probes.run(accountId, context, { use, version, urls: [toProbe], method, deadlineMs })
    if (probed === undefined) throw new TypeError('the prober answers every url')
    return viewProbedTarget(probed)
  }

  /** A function of its own, so that waiting for the prober does not keep the whole account in memory. */
  async #find(accountId: AccountId, { id, wanted, ...tried }: Wanted) {
    const account = await this.#parts.writer.readInTurn(accountId)
    const version = versionToTry(findCertificate(account, id), wanted)
    return { version, toProbe: urlToTry(account, id, tried) }
  }
}

interface Wanted {
  readonly id: CertificateId
  readonly wanted: TrialRequest['version']
  readonly target: TargetUrl
  readonly trust: TargetTrust | null | undefined
  readonly tls: MappingTls | null | undefined
}

function versionToTry(certificate: Certificate, wanted: TrialRequest['version']): IdleVersion {
  if (wanted === 'staged') {
    const { staged } = certificate
    if (!staged) throw stagedNotFound()
    if (isRequested(staged)) throw stagedPending()
    return staged
  }
  const usable = usableVersion({ enable: true }, certificate, Date.now())
  if ('version' in usable) return usable.version
  throw new CodedError(usable.problem, 'The certificate cannot be used now, so the url was not called.')
}

/** A request without a trust, or TLS settings, takes those of a mapping, as calls do. */
function urlToTry(
  account: Account,
  id: CertificateId,
  { target: url, trust, tls: asked }: Pick<Wanted, 'target' | 'trust' | 'tls'>,
): UrlToProbe {
  const mapping = trust === undefined || asked === undefined ? trialMapping(account, id, url) : undefined
  const tls = (asked === undefined ? mapping?.targetTls : asked) ?? undefined
  if (trust === undefined && mapping !== undefined) return { url, tls, mapping }
  return { url, tls, trust: trust ?? undefined }
}
