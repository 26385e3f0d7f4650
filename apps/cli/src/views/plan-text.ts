import type { Plan } from '@mtls-gateway/contract'
import { facts, readableTime } from './lines.ts'

const steps: Readonly<Record<NonNullable<Plan['next']>['step'], string>> = {
  request: 'make the next key and its request',
  order: 'order the certificate',
  fetch: 'take it from its source',
  test: 'try it at every mapped url',
  promote: 'put it in use',
}

const waits: Readonly<Record<NonNullable<Plan['waitsFor']>, string>> = {
  signature: 'the signed certificate of the request that is staged: mtls upload --signed-for',
  promotion: 'somebody to put it in use: mtls rotate',
  test: 'somebody to try it at its targets: mtls rotate',
  differences: 'somebody to look at what differs from the version in use: mtls rotate',
  owners: 'the owners of the remaining targets to register it; then mtls rotate --mapping',
  rollback: 'somebody to decide what follows the rollback: mtls rotate',
}

/** What a plan does by itself, and where it stands. */
export function planText(plan: Plan): string {
  const { profile, source, renewAt, test, promote, rollBack, state, next, waitsFor, attempts, lastFailure } = plan
  const text = facts([
    ['issuer', profile ?? undefined],
    ['source', source ?? undefined],
    ['renews at', source === null ? `${Math.round(renewAt * 100)} % of the lifetime` : 'when its source has changed'],
    ['test', test],
    ['promote', promote],
    ['roll back', rollBack],
    ['state', state],
    ['next', next ? `${steps[next.step]}, ${readableTime(next.at)}` : undefined],
    ['waits for', waitsFor ? waits[waitsFor] : undefined],
    ['attempts', attempts > 0 ? `${attempts} failed` : undefined],
    ['last failure', lastFailure ? `${readableTime(lastFailure.at)}: ${lastFailure.sentence}` : undefined],
  ])
  return plan.signingRequest === undefined ? text : `${text}\n${plan.signingRequest.trimEnd()}`
}
