/** @throws RangeError: an error in the calling code, not an answer of the backend. */
export function checkLeaseTime(ttlMs: number): void {
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 1) throw new RangeError('the time of a lease is a positive integer of ms')
}
