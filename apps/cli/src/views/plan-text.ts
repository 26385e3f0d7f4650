import type { Plan } from '@mtls-gateway/contract'
import { planWaitAdvice, shellWord } from '@mtls-gateway/contract/words'
import { facts, readableTime } from './lines.ts'

const steps: Readonly<Record<NonNullable<Plan['next']>['step'], string>> = {
  request: 'make the next key and its request',
  order: 'order the certificate',
  fetch: 'take it from its source',
  test: 'try it at every mapped url',
  promote: 'put it in use',
}

/** By which command a person does what a plan waits for. A newer service may have other waits. */
const commands: Readonly<Partial<Record<NonNullable<Plan['waitsFor']>, (certificate: string) => string>>> = {
  signature: (certificate) => `mtls upload FILE --signed-for ${certificate}`,
  promotion: (certificate) => `mtls rotate ${certificate}`,
  test: (certificate) => `mtls rotate ${certificate}, which tests it and then puts it in use`,
  differences: (certificate) => `mtls rotate ${certificate}, or mtls certificates drop-staged ${certificate}`,
  owners: (certificate) => `mtls rotate ${certificate} --mapping MAPPING`,
  rollback: (certificate) => `mtls rotate ${certificate}`,
}

/**
 * What a plan does by itself, and where it stands.
 * @param certificate its name or id, for the command that goes on
 */
export function planText(plan: Plan, certificate: string): string {
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
    ['waits for', waitsFor ? `a person. ${planWaitAdvice[waitsFor]}` : undefined],
    ['with', waitsFor ? commands[waitsFor]?.(shellWord(certificate)) : undefined],
    ['attempts', attempts > 0 ? `${attempts} failed` : undefined],
    ['last failure', lastFailure ? `${readableTime(lastFailure.at)}: ${lastFailure.sentence}` : undefined],
  ])
  return plan.signingRequest === undefined ? text : `${text}\n${plan.signingRequest.trimEnd()}`
}
