import type { Certificate, Plan } from '@mtls-gateway/contract'

/** Nobody has to do anything before it expires. */
export function renewsItself({ plan }: Pick<Certificate, 'plan'>): boolean {
  return plan?.next != null && plan.attempts === 0
}

const shortestMs = 2_000
const longestMs = 60_000

/**
 * When to ask again for what a plan has done by itself; false: nothing is due for long, or it waits for a person.
 * @param now milliseconds since 1970
 */
export function nextLook(plans: readonly (Plan | undefined)[], now: number): number | false {
  const due = plans.flatMap((plan) => (plan?.next ? [Date.parse(plan.next.at) - now] : []))
  const soonest = Math.min(...due)
  return soonest > 60 * longestMs ? false : Math.min(Math.max(soonest, shortestMs), longestMs)
}
