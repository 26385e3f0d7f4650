import type { Certificate } from '@mtls-gateway/contract'

type Staged = Certificate['staged']

/** Why nothing can be done with the next version yet. */
export function whyNotReady(staged: Staged): string | undefined {
  if (staged === undefined) return 'Stage the next version first.'
  return staged.status === 'PendingSignature' ? 'Upload the certificate that your CA has signed first.' : undefined
}

/** Why a person should look at it before it is promoted. */
export function whyToCompare(staged: Staged): string | undefined {
  const isUsual = staged?.differences === undefined || staged.differences.length === 0
  return isUsual
    ? undefined
    : 'It is not a usual renewal of the version in use. Choose Rotate, and compare the two first.'
}

/** Why it should not be promoted, though it can be. */
export function whyNotPromoted(staged: Staged): string | undefined {
  return staged?.lastProbe?.ok === false ? 'Its last probe failed. Probe again once that is fixed.' : undefined
}
