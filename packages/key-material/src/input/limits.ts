/** The biggest P12, certificate PEM or key PEM, in bytes (docs/api.md). */
export const maxFileBytes = 256 * 1024
/** The longest password or passphrase, in characters (docs/api.md). */
export const maxPasswordLength = 1_024
/** The most certificates in a chain, the leaf among them (docs/api.md). */
export const maxChainLength = 10
/**
 * The most key derivation iterations of a file, summed over MAC and every bag. Java stops at 5,000,000 and NSS and
 * GnuTLS write 600,000 by default, so a lower cap would refuse honest files.
 */
export const maxIterations = 5_000_000
/**
 * A file with more iterations than this (25 ms) waits for the child for expensive files, so that it delays only similar
 * files. OpenSSL writes 6,000 by default, and Java 30,000.
 */
export const ordinaryIterations = 100_000
