/** What is kept of an account that was seen. */
export interface SeenAccount {
  readonly revision: number
  /** Whole seconds since 1970, which take no memory of their own. */
  readonly seenAt: number
}

const outOfOrderSeconds = 60

/**
 * Whether an account is older than what is known of it: reads and writes may arrive out of order. Later on, an older
 * revision is that of a store that was restored.
 */
export function isOutdated({ revision, seenAt }: SeenAccount, known: SeenAccount | undefined): boolean {
  return known !== undefined && revision < known.revision && seenAt < known.seenAt + outOfOrderSeconds
}

/** At or after a time in milliseconds. */
export function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1_000)
}
