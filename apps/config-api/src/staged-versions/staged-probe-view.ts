import type { Probe, ProbeResult } from '@mtls-gateway/contract'
import type { Mapping, PlannedUrl, ProbedUrl, ProbePlan } from '@mtls-gateway/domain'
import type { ProbedTarget } from '@mtls-gateway/outbound'
import { viewProbedTarget } from '../prober/probed-target-view.ts'

/** The results of a probe, and how much of them the account keeps. */
export function viewProbe({ urls, skipped }: ProbePlan, targets: readonly ProbedTarget[], kept: Probe['kept']): Probe {
  const probed = eachProbed(urls, targets, viewProbed)
  return { ok: allOk(targets), results: [...probed, ...skipped.map(viewSkipped)], kept }
}

/** The results that are kept with the staged version. */
export function probedUrls({ urls }: ProbePlan, targets: readonly ProbedTarget[]): readonly ProbedUrl[] {
  return eachProbed(urls, targets, ({ url, mappings: [{ id }] }, { ok, status, clientCertificate, failure }) => ({
    url,
    mappingId: id,
    ok,
    ...(status !== undefined && { status }),
    clientCertificate,
    ...(failure && { code: failure.code }),
  }))
}

function eachProbed<View>(
  urls: readonly PlannedUrl[],
  targets: readonly ProbedTarget[],
  view: (planned: PlannedUrl, target: ProbedTarget) => View,
): readonly View[] {
  return urls.flatMap((planned, index) => {
    const target = targets[index]
    return target ? [view(planned, target)] : []
  })
}

/**
 * A previous probe, for a request that is repeated (Idempotency-Key). Its targets are not called again: that would use
 * the key once more, and repeat a POST or DELETE. Its results per url are left out: they are kept with the staged
 * version only until the next probe, and that version may have changed since.
 */
export function viewPastProbe(ok: boolean): Probe {
  return { ok, results: [], kept: null }
}

/** Null if nothing was called. */
export function allOk(targets: readonly ProbedTarget[]): boolean | null {
  return targets.length === 0 ? null : targets.every(({ ok }) => ok)
}

function viewProbed({ url, mappings }: PlannedUrl, target: ProbedTarget): ProbeResult {
  return { url, result: target.ok ? 'ok' : 'failed', mappings: mappings.map(nameOf), ...viewProbedTarget(target) }
}

function viewSkipped(mapping: Mapping): ProbeResult {
  return {
    url: mapping.url,
    result: 'skipped',
    mappings: [nameOf(mapping)],
    status: null,
    clientCertificate: 'unknown',
    explanation: mapping.enable
      ? 'A pattern cannot be called. Name urls that fall under it in "urls".'
      : 'The mapping is disabled, so no call uses it.',
    error: null,
    handshake: null,
    acceptableIssuers: [],
    chainAcceptable: null,
    alert: null,
  }
}

function nameOf({ id, name }: Mapping): { id: number; name: string } {
  return { id, name }
}
