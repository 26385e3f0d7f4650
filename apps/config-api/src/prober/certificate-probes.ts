import {
  type AccountId,
  type CommandContext,
  type IdleVersion,
  type KeyUse,
  type Mapping,
  type MappingTls,
  type RecordId,
  recordKeyUse,
} from '@mtls-gateway/domain'
import {
  explainTransportError,
  isTransportError,
  mappingTargetTrust,
  type ProbedTarget,
  type TargetTrust,
  unprobedTarget,
} from '@mtls-gateway/outbound'
import type { AccountWriter } from '@mtls-gateway/registry'
import { readNamed } from '../certificates/versions/named-version.ts'
import type { VersionRecords } from '../certificates/versions/version-records.ts'
import type { TrustRecords } from '../mappings/trust-records.ts'
import type { Prober } from './prober.ts'
import type { ProbedUrl } from './prober-job.ts'

/** A url to call, what is offered to its target, and how that is to be verified. */
export type UrlToProbe = { readonly url: string; readonly tls: MappingTls | undefined } & (
  | { readonly mapping: Pick<Mapping, 'targetTrust'> }
  /** The mapping is not stored yet. */
  | { readonly trust: TargetTrust | undefined }
)

export interface ProbeOrder {
  readonly use: KeyUse
  readonly version: IdleVersion
  readonly urls: readonly UrlToProbe[]
  readonly method: string
  /** For all urls together, in milliseconds. */
  readonly deadlineMs: number
}

interface Parts {
  readonly writer: AccountWriter
  readonly records: VersionRecords
  readonly trusts: TrustRecords
  readonly prober: Prober
}

/** Calls urls with a version of an account's certificate. One audit entry is written before the private key is read. */
export class CertificateProbes {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * One outcome per url, in the order of the urls.
   * @throws CodedError what the prober throws, and `VERSION_CHANGED`
   */
  async run(accountId: AccountId, context: CommandContext, order: ProbeOrder): Promise<readonly ProbedTarget[]> {
    const { id, versionId } = order.use
    const { writer } = this.#parts
    return readNamed(writer, { account: accountId, id, versionId }, () => this.#run(accountId, context, order))
  }

  async #run(accountId: AccountId, context: CommandContext, order: ProbeOrder): Promise<readonly ProbedTarget[]> {
    const { writer, records, trusts, prober } = this.#parts
    const { use, version, urls, method, deadlineMs } = order
    const mappings = urls.flatMap((toProbe) => ('mapping' in toProbe ? toProbe.mapping : []))
    let outlooks: readonly Outlook[] = []
    const targets = await prober.run(accountId, async () => {
      const [{ leaf, chain }, caCertificates] = await Promise.all([
        records.readChain(accountId, version),
        trusts.read(accountId, mappings),
      ])
      outlooks = urls.map((toProbe) => outlookOf(toProbe, caCertificates))
      await writer.change(accountId, context.changeId, recordKeyUse(context, use))
      return {
        keyId: version.keyId,
        certificates: [leaf, ...chain].join('\n'),
        urls: outlooks.flatMap((outlook) => ('trust' in outlook ? [outlook] : [])),
        method,
        deadlineMs,
      }
    })
    const called = targets.values()
    return outlooks.map((outlook) => ('trust' in outlook ? next(called) : outlook.target))
  }
}

type Outlook =
  | ProbedUrl
  /** It fails before any call. */
  | { readonly target: ProbedTarget }

function outlookOf(toProbe: UrlToProbe, caCertificates: ReadonlyMap<RecordId, string>): Outlook {
  const { url, tls } = toProbe
  if ('trust' in toProbe) return { url, tls, trust: toProbe.trust }
  const { targetTrust } = toProbe.mapping
  if (targetTrust === undefined) return { url, tls, trust: undefined }
  const pem = targetTrust.caRecordId && caCertificates.get(targetTrust.caRecordId)
  try {
    return { url, tls, trust: mappingTargetTrust(targetTrust, pem) }
  } catch (error) {
    if (!isTransportError(error)) throw error
    return { target: unprobedTarget(explainTransportError(error, new URL(url).host)) }
  }
}

function next(targets: Iterator<ProbedTarget>): ProbedTarget {
  const { done, value } = targets.next()
  if (done) throw new TypeError('the prober answers every url')
  return value
}
