import type { Probe } from '@mtls-gateway/contract'
import {
  type AccountId,
  type CertificateId,
  findCertificate,
  isRequested,
  planProbe,
  recordProbe,
  stagedNotFound,
  stagedPending,
} from '@mtls-gateway/domain'
import type { AccountWriter } from '@mtls-gateway/registry'
import type { TwoChanges } from '../changes/change-context.ts'
import type { CertificateTrials } from '../prober/certificate-trials.ts'
import type { StagedProbeRequest } from './staged-probe-request.ts'
import { allOk, probedUrls, viewProbe } from './staged-probe-view.ts'

const deadlineMs = 60_000

/** Tries the staged version of a certificate at every url that is mapped to it. */
export class StagedProbes {
  readonly #writer: AccountWriter
  readonly #trials: CertificateTrials

  constructor(writer: AccountWriter, trials: CertificateTrials) {
    this.#writer = writer
    this.#trials = trials
  }

  /**
   * What it came to is kept with the staged version.
   * @throws CodedError `CERTIFICATE_NOT_FOUND`, `STAGED_NOT_FOUND`, `STAGED_PENDING`, `VALIDATION_FAILED`, and as the
   *   trials
   */
  async probe(
    accountId: AccountId,
    { first, last }: TwoChanges,
    id: CertificateId,
    { urls, method }: StagedProbeRequest,
  ): Promise<Probe> {
    const account = await this.#writer.read(accountId)
    const { staged } = findCertificate(account, id)
    if (!staged) throw stagedNotFound()
    if (isRequested(staged)) throw stagedPending()
    const plan = planProbe(account, id, urls)
    if (plan.tries.length === 0) return viewProbe(plan, [])

    const { versionId } = staged
    const trials = await this.#trials.run(accountId, first, {
      use: { id, versionId, purpose: 'probe' },
      version: staged,
      urls: plan.tries.map(({ url, mappings: [mapping] }) => ({ url, mapping })),
      method,
      deadlineMs,
    })
    const context = last()
    const ok = allOk(trials) ?? false
    const results = probedUrls(plan, trials)
    await this.#writer.change(accountId, context.changeId, recordProbe(context, id, { versionId, ok, results }))
    return viewProbe(plan, trials)
  }
}
