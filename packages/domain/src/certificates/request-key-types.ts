/** The keys that are made here, by the names that certificates state. */
export const requestKeyTypes = ['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-P256', 'EC-P384', 'Ed25519'] as const

export type RequestKeyType = (typeof requestKeyTypes)[number]
