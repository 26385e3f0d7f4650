/** The CA's key, and how it signs. */
export const caAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
export const caYears = 10
/** Targets' clocks may be behind ours. */
export const backdateMs = 60_000
