/** What is weak or surprising but works: stored with the certificate version as its warnings. */
export const warningCodes = ['CERTIFICATE_STARTS_LATER', 'CHAIN_INCOMPLETE', 'CHAIN_STRANGERS'] as const

export type WarningCode = (typeof warningCodes)[number]
