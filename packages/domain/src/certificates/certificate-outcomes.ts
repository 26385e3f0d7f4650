/**
 * What a target makes of the client certificate. `doubtful`: its answer may be about the certificate or about something
 * else. `not-asked`: it looks at none. `unknown`: the call failed before that, or for another reason.
 */
export const certificateOutcomes = ['accepted', 'refused', 'doubtful', 'not-asked', 'unknown'] as const
export type CertificateOutcome = (typeof certificateOutcomes)[number]
