import type { Probe, ProbeResult } from '@mtls-gateway/contract'
import type { Mapping, PlannedTry, ProbedUrl, ProbePlan } from '@mtls-gateway/domain'
import type { TargetTrial } from '@mtls-gateway/outbound'
import { viewTrial } from '../prober/trial-view.ts'

/** The results of a probe, and how much of them the account keeps. */
export function viewProbe({ tries, skipped }: ProbePlan, trials: readonly TargetTrial[], kept: Probe['kept']): Probe {
  const tried = eachTried(tries, trials, viewTried)
  return { ok: allOk(trials), results: [...tried, ...skipped.map(viewSkipped)], kept }
}

/** The results that are kept with the staged version. */
export function probedUrls({ tries }: ProbePlan, trials: readonly TargetTrial[]): readonly ProbedUrl[] {
  return eachTried(tries, trials, ({ url, mappings: [{ id }] }, { ok, status, clientCertificate, failure }) => ({
    url,
    mappingId: id,
    ok,
    ...(status !== undefined && { status }),
    clientCertificate,
    ...(failure && { code: failure.code }),
  }))
}

function eachTried<View>(
  tries: readonly PlannedTry[],
  trials: readonly TargetTrial[],
  view: (planned: PlannedTry, trial: TargetTrial) => View,
): readonly View[] {
  return tries.flatMap((planned, index) => {
    const trial = trials[index]
    return trial ? [view(planned, trial)] : []
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
export function allOk(trials: readonly TargetTrial[]): boolean | null {
  return trials.length === 0 ? null : trials.every(({ ok }) => ok)
}

function viewTried({ url, mappings }: PlannedTry, trial: TargetTrial): ProbeResult {
  return { url, result: trial.ok ? 'ok' : 'failed', mappings: mappings.map(nameOf), ...viewTrial(trial) }
}

function viewSkipped(mapping: Mapping): ProbeResult {
  return {
    url: mapping.url,
    result: 'skipped',
    mappings: [nameOf(mapping)],
    status: null,
    clientCertificate: 'unknown',
    explanation: mapping.enable
      ? 'A pattern can not be called. Name urls that fall under it in "urls".'
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
