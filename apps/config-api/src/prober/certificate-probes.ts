import {
  type AccountId,
  type CommandContext,
  type IdleVersion,
  type KeyUse,
  type Mapping,
  type RecordId,
  recordKeyUse,
} from '@mtls-gateway/domain'
import {
  explainTransportError,
  isTransportError,
  mappingTargetTrust,
  type TargetTrial,
  type TargetTrust,
  untriedTrial,
} from '@mtls-gateway/outbound'
import type { AccountWriter } from '@mtls-gateway/registry'
import { readNamed } from '../certificates/versions/named-version.ts'
import type { VersionRecords } from '../certificates/versions/version-records.ts'
import type { TrustRecords } from '../mappings/trust-records.ts'
import type { Prober } from './prober.ts'

/** A url to call, and how its target is to be verified. */
export type UrlToProbe = { readonly url: string } & (
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
  async run(accountId: AccountId, context: CommandContext, order: ProbeOrder): Promise<readonly TargetTrial[]> {
    const { id, versionId } = order.use
    const { writer } = this.#parts
    return readNamed(writer, { account: accountId, id, versionId }, () => this.#run(accountId, context, order))
  }

  async #run(accountId: AccountId, context: CommandContext, order: ProbeOrder): Promise<readonly TargetTrial[]> {
    const { writer, records, trusts, prober } = this.#parts
    const { use, version, urls, method, deadlineMs } = order
    const mappings = urls.flatMap((tried) => ('mapping' in tried ? tried.mapping : []))
    let outlooks: readonly Outlook[] = []
    const trials = await prober.run(accountId, async () => {
      const [{ leaf, chain }, caCertificates] = await Promise.all([
        records.readChain(accountId, version),
        trusts.read(accountId, mappings),
      ])
      outlooks = urls.map((tried) => outlookOf(tried, caCertificates))
      await writer.change(accountId, context.changeId, recordKeyUse(context, use))
      return {
        keyId: version.keyId,
        certificates: [leaf, ...chain].join('\n'),
        urls: outlooks.flatMap((outlook) => ('trust' in outlook ? [outlook] : [])),
        method,
        deadlineMs,
      }
    })
    const tried = trials.values()
    return outlooks.map((outlook) => ('trust' in outlook ? next(tried) : outlook.trial))
  }
}

type Outlook =
  | { readonly url: string; readonly trust: TargetTrust | undefined }
  /** It fails before any call. */
  | { readonly trial: TargetTrial }

function outlookOf(tried: UrlToProbe, caCertificates: ReadonlyMap<RecordId, string>): Outlook {
  const { url } = tried
  if ('trust' in tried) return { url, trust: tried.trust }
  const { targetTrust } = tried.mapping
  if (targetTrust === undefined) return { url, trust: undefined }
  const pem = targetTrust.caRecordId && caCertificates.get(targetTrust.caRecordId)
  try {
    return { url, trust: mappingTargetTrust(targetTrust, pem) }
  } catch (error) {
    if (!isTransportError(error)) throw error
    return { trial: untriedTrial(explainTransportError(error, new URL(url).host)) }
  }
}

function next(trials: Iterator<TargetTrial>): TargetTrial {
  const { done, value } = trials.next()
  if (done) throw new TypeError('the prober answers every url')
  return value
}
