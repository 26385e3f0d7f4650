import type { CaList } from '../trust/target-trust.ts'

/** What an identity with one connection takes: its context, pool, TLS and what JavaScript keeps of them (ADR 20). */
export const hotIdentityBytes = 139 * 1024
/** The part of it that lies in V8's heap. Measured: 9,700 of them filled one of 560 MiB. */
export const hotIdentityHeapBytes = 56 * 1024

/** About what an identity takes of the process: as if it shared its context with nobody. */
export function identityBytes({
  trust,
}: {
  readonly trust?: { readonly ca?: CaList | undefined } | undefined
}): number {
  return hotIdentityBytes + (trust?.ca?.bytes ?? 0)
}
