import { getCACertificates, rootCertificates } from 'node:tls'

/**
 * PEM: what this process trusts beside the CAs that come with Node (`NODE_EXTRA_CA_CERTS`, `--use-system-ca`), for
 * child processes that see no environment.
 */
export function inheritedCa(): readonly string[] {
  const brought = new Set(rootCertificates)
  return getCACertificates('default').filter((pem) => !brought.has(pem))
}
