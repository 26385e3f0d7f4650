import type { Chain } from '../certificate/chain.ts'
import type { CertifiedIdentity } from '../certificate/identity.ts'
import type { Problem } from '../report/report.ts'
import { checkChain } from './chain.ts'
import { checkDates } from './dates.ts'
import { checkFitness } from './fitness.ts'
import { checkStrength } from './strength.ts'
import { checkUsage } from './usage.ts'

/** Everything about a readable certificate, and its key where it is here, that can't work or is weak. */
export function checkIdentity(identity: CertifiedIdentity, chain: Chain, now: Date): Problem[] {
  const { leaf } = identity
  const unfit = checkFitness([leaf, ...chain.issuers])
  // OpenSSL is to work no further on what may take seconds.
  if (unfit.length > 0) return unfit
  return [
    ...checkDates(leaf, chain.issuers, now),
    ...checkStrength(identity, chain),
    ...checkUsage(leaf),
    ...checkChain(leaf, chain),
  ]
}
