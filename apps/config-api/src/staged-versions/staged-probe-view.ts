import type { Probe, ProbeResult } from '@mtls-gateway/contract'
import type { Mapping, PlannedTry, ProbePlan } from '@mtls-gateway/domain'
import type { TargetTrial } from '@mtls-gateway/outbound'
import { viewTrial } from '../prober/trial-view.ts'

/** What a probe came to. */
export function viewProbe({ tries, skipped }: ProbePlan, trials: readonly TargetTrial[]): Probe {
  const tried = tries.flatMap((planned, index) => {
    const trial = trials[index]
    return trial ? [viewTried(planned, trial)] : []
  })
  return { ok: allOk(trials), results: [...tried, ...skipped.map(viewSkipped)] }
}

/**
 * A probe that was made before, for whoever sends its request again (Idempotency-Key). Its targets are not called
 * again: that would use the key once more, and by POST or DELETE ask them for the same thing twice. Of each url nothing
 * was kept, because the account's document, which has to fit into one entry of the store, would grow by every url with
 * each probe.
 */
export function viewPastProbe(ok: boolean): Probe {
  return { ok, results: [] }
}

/** Null: nothing was tried. */
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
