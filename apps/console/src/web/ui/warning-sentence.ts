/** What the codes in `warnings` of a certificate mean, and what to do (docs/errors.md). */
const sentences: Readonly<Record<string, string>> = {
  CERTIFICATE_STARTS_LATER: 'It is not valid yet: calls fail until it is.',
  CERTIFICATE_EXPIRES_SOON: 'It expires soon: renew it, and rotate in time.',
  CERTIFICATE_REVOKED: 'Its issuer has revoked it: targets that check may refuse it. Replace it.',
  CLIENT_AUTH_ABSENT:
    'It is not meant for clients: its extended key usage lacks clientAuth, and many targets refuse it. Ask the CA for one that has it; public CAs stop issuing it.',
  KEY_USAGE_UNFIT: 'Its key usage lacks digitalSignature. Ask the CA for a certificate that has it.',
  LEAF_IS_CA: 'It is the certificate of a CA, which many targets refuse. Use a leaf certificate.',
  WEAK_SIGNATURE: 'Its signature is weak. Have it reissued with SHA-2.',
  UNUSUAL_CURVE: 'Its key is on a curve that some targets don’t know. Use P-256, P-384 or P-521.',
  CHAIN_INCOMPLETE:
    'Its chain lacks an intermediate certificate: targets that don’t have that one refuse it. Nothing is wrong if a root issued it.',
  CHAIN_EXPIRED: 'A CA certificate in its chain has expired. Replace it.',
  CHAIN_STRANGERS: 'The file had certificates that don’t belong to the chain. They were left out.',
  OTHER_KEYS_LEFT_OUT: 'The file had other keys. They were left out.',
}

/** Warnings about the file that it came from are over: the gateway keeps the key in a form of its own. */
export function warningSentence(code: string): string | undefined {
  return Object.hasOwn(sentences, code) ? sentences[code] : undefined
}
