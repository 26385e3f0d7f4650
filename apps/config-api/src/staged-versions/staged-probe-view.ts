import type { Mapping, PlannedTry, ProbePlan } from '@mtls-gateway/domain'
import type { TargetTrial } from '@mtls-gateway/outbound'
import { type TrialView, viewTrial } from '../prober/trial-view.ts'

/** What a probe came to. */
export interface StagedProbeView {
  /** Every url that was tried takes the certificate; null: there was none to try. */
  readonly ok: boolean | null
  /** One for each url that was tried, and one for each mapping that was not; none of a probe that was made before. */
  readonly results: readonly ProbeResultView[]
}

export interface ProbeResultView extends TrialView {
  readonly url: string
  readonly result: 'ok' | 'failed' | 'skipped'
  readonly mappings: readonly { readonly id: number; readonly name: string }[]
}

export function viewProbe({ tries, skipped }: ProbePlan, trials: readonly TargetTrial[]): StagedProbeView {
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
export function viewPastProbe(ok: boolean): StagedProbeView {
  return { ok, results: [] }
}

/** Null: nothing was tried. */
export function allOk(trials: readonly TargetTrial[]): boolean | null {
  return trials.length === 0 ? null : trials.every(({ ok }) => ok)
}

function viewTried({ url, mappings }: PlannedTry, trial: TargetTrial): ProbeResultView {
  return { url, result: trial.ok ? 'ok' : 'failed', mappings: mappings.map(nameOf), ...viewTrial(trial) }
}

function viewSkipped(mapping: Mapping): ProbeResultView {
  return {
    url: mapping.url,
    result: 'skipped',
    mappings: [nameOf(mapping)],
    status: null,
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
