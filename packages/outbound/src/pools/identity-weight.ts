import type { CaList } from '../trust/target-trust.ts'

/** What a caller with one connection takes: its context, pool, TLS and all that JavaScript keeps of them (ADR 20). */
export const hotIdentityBytes = 139 * 1024

/** About what a caller takes of the process: as if it shared its context with nobody. */
export function callerBytes({ trust }: { readonly trust?: { readonly ca?: CaList | undefined } | undefined }): number {
  return hotIdentityBytes + (trust?.ca?.bytes ?? 0)
}
