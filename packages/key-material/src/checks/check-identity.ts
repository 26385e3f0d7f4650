import type { Chain } from '../certificate/chain.ts'
import type { CertifiedIdentity } from '../certificate/identity.ts'
import type { Problem } from '../report/report.ts'
import { checkChain } from './chain.ts'
import { checkDates } from './dates.ts'
import { checkFitness } from './fitness.ts'
import { checkStrength } from './strength.ts'
import { checkUsage } from './usage.ts'

/** Everything that can't work or is weak about a readable certificate and, if given, its key. */
export function checkIdentity(identity: CertifiedIdentity, chain: Chain, now: Date): Problem[] {
  const { leaf } = identity
  const unfit = checkFitness([leaf, ...chain.issuers])
  // Stops before OpenSSL does any work that may take seconds.
  if (unfit.length > 0) return unfit
  return [
    ...checkDates(leaf, chain.issuers, now),
    ...checkStrength(identity, chain),
    ...checkUsage(leaf),
    ...checkChain(leaf, chain),
  ]
}
