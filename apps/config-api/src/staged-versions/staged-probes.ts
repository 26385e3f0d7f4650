import type { Probe } from '@mtls-gateway/contract'
import {
  type AccountId,
  type CertificateId,
  findCertificate,
  isCodedError,
  isRequested,
  type Probed,
  planProbe,
  recordProbe,
  stagedNotFound,
  stagedPending,
} from '@mtls-gateway/domain'
import { stepsInTurns } from '@mtls-gateway/event-loop'
import type { AccountWriter } from '@mtls-gateway/registry'
import type { TwoChanges } from '../changes/change-context.ts'
import type { CertificateProbes } from '../prober/certificate-probes.ts'
import type { StagedProbeRequest } from './staged-probe-request.ts'
import { allOk, probedUrls, viewProbe } from './staged-probe-view.ts'

const deadlineMs = 60_000

/** Probes every url that is mapped to a certificate with its staged version. */
export class StagedProbes {
  readonly #writer: AccountWriter
  readonly #probes: CertificateProbes

  constructor(writer: AccountWriter, probes: CertificateProbes) {
    this.#writer = writer
    this.#probes = probes
  }

  /**
   * The results are kept with the staged version, as far as there is room.
   * @throws CodedError `CERTIFICATE_NOT_FOUND`, `STAGED_NOT_FOUND`, `STAGED_PENDING`, `VALIDATION_FAILED`, and what the
   *   prober throws
   */
  async probe(
    accountId: AccountId,
    { first, last }: TwoChanges,
    id: CertificateId,
    { urls, method }: StagedProbeRequest,
  ): Promise<Probe> {
    const { staged, revision, plan } = await this.#plan(accountId, id, urls)
    if (plan.urls.length === 0) return viewProbe(plan, [], 'nothing')

    const { versionId } = staged
    const targets = await this.#probes.run(accountId, first, {
      use: { id, versionId, purpose: 'probe' },
      version: staged,
      urls: plan.urls.map(({ url, mappings: [mapping] }) => ({ url, mapping, tls: mapping.targetTls })),
      method,
      deadlineMs,
    })
    const probed = { versionId, revision, ok: allOk(targets) ?? false, results: probedUrls(plan, targets) }
    return viewProbe(plan, targets, await this.#keep(accountId, last, id, probed))
  }

  /** A function of its own, so that waiting for the prober does not keep the whole account in memory. */
  #plan(accountId: AccountId, id: CertificateId, urls: StagedProbeRequest['urls']) {
    return this.#writer.lookThrough(accountId, async (account) => {
      const { staged } = findCertificate(account, id)
      if (!staged) throw stagedNotFound()
      if (isRequested(staged)) throw stagedPending()
      return { staged, revision: account.revision, plan: await stepsInTurns(planProbe(account, id, urls)) }
    })
  }

  /** The targets have been called, so the answer has the results even if the account has no room for them. */
  async #keep(
    accountId: AccountId,
    last: TwoChanges['last'],
    id: CertificateId,
    probed: Probed,
  ): Promise<'results' | 'outcome' | 'nothing'> {
    for (const keepsResults of [true, false]) {
      try {
        const context = last()
        const command = recordProbe(context, id, { ...probed, keepsResults })
        const { result: isKept } = await this.#writer.change(accountId, context.changeId, command)
        if (!isKept) return 'nothing'
        return keepsResults ? 'results' : 'outcome'
      } catch (error) {
        if (!isCodedError(error) || error.code !== 'ACCOUNT_FULL') throw error
      }
    }
    return 'nothing'
  }
}
