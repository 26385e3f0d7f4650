/** What a key of an account signs: assertions for token endpoints (RFC 7523), or requests to targets. */
export const signingKeyUses = ['client-authentication', 'message-signature'] as const
export type SigningKeyUse = (typeof signingKeyUses)[number]

/** As JWS names them (RFC 7518 section 3.1, RFC 8037 section 3.1). RSA keys have 3,072 bits. */
export const signingAlgorithms = ['ES256', 'PS256', 'RS256', 'EdDSA'] as const
export type SigningAlgorithm = (typeof signingAlgorithms)[number]

/** All are in the key set: one that has not signed yet, the one of its use that signs, and one that did. */
export const signingKeyStates = ['published', 'active', 'retired'] as const
export type SigningKeyState = (typeof signingKeyStates)[number]
