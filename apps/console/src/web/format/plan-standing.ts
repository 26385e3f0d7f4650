import type { CertificateSummary } from '@mtls-gateway/contract'

/** Where a plan stands among many, as a word of a list. */
export const planStandings: Readonly<Record<CertificateSummary['plans'][number]['plan'], string>> = {
  none: 'No plan',
  waiting: 'Waits for a person',
  failing: 'Next step fails',
  idle: 'Nothing due',
  requested: 'Next key made',
  ordered: 'Ordered',
  staged: 'Next version staged',
  tested: 'Next version tested',
  promoting: 'Being promoted',
}

/** What a filter of the url says, which anyone can have written. */
export function planStandingOf(plan: string): string {
  if (plan === 'any') return 'Any plan'
  return Object.hasOwn(planStandings, plan) ? planStandings[plan as keyof typeof planStandings] : plan
}
