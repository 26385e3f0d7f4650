import type { UsageEntry } from '../port.ts'

/** Subjects that have not been used for this long are forgotten. */
export const usageKeptMs = 90 * 86_400_000

/** @throws RangeError: an error in the calling code, which must not look like an outage of the backend. */
export function checkUsage(entries: readonly UsageEntry[]): void {
  const isWhole = ({ calls, at }: UsageEntry): boolean => Number.isSafeInteger(calls) && Number.isSafeInteger(at)
  if (!entries.every(isWhole)) throw new RangeError('calls and times of usage are integers')
}
