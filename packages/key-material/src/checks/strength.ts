import { createSecureContext } from 'node:tls'
import { tlsSignatures } from '@mtls-gateway/certificate-rules'
import type { Chain } from '../certificate/chain.ts'
import type { CertifiedIdentity } from '../certificate/identity.ts'
import { newKeyAndRequest } from '../report/commands.ts'
import type { Problem } from '../report/report.ts'
import { failure, warning } from './problems.ts'

const usualCurves: ReadonlySet<string> = new Set(['P-256', 'P-384', 'P-521'])

/** Keys and signatures that TLS refuses or soon will. */
export function checkStrength({ key, leaf }: CertifiedIdentity, { issuers }: Chain): Problem[] {
  const pkcs8 = key?.key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const refused = refusedByTls(pkcs8, [leaf, ...issuers])
  if (refused) return [refused]
  const problems: Problem[] = []
  const { curve } = leaf.key
  if (curve !== undefined && !usualCurves.has(curve)) {
    const version =
      tlsSignatures(leaf.publicKey).tls13.length > 0 ? '' : ' TLS 1.3 lacks it, so calls with it use TLS 1.2.'
    const message = `The key is on the curve ${curve}, which many TLS libraries have switched off.${version} P-256 works everywhere.`
    problems.push(warning('UNUSUAL_CURVE', message, newKeyAndRequest))
  }
  if (/sha1|md5/i.test(leaf.signature)) {
    const message = `The certificate is signed with ${leaf.signature}; targets may refuse it. Have it issued again with SHA-256.`
    problems.push(warning('WEAK_SIGNATURE', message, newKeyAndRequest))
  }
  return problems
}

/** Asks the library that makes the handshakes: it refuses keys and signatures below its security level. */
function refusedByTls(key: string | undefined, chain: readonly { readonly pem: string }[]): Problem | undefined {
  try {
    createSecureContext({ cert: chain.map(({ pem }) => pem).join(''), ...(key !== undefined && { key }) })
    return undefined
  } catch (error) {
    // "error:0A00018F:SSL routines::ee key too small"
    const reason = /::([a-z0-9 ]+)$/.exec(String((error as Error).message))?.[1] ?? 'not usable'
    const message = `TLS refuses to present this certificate (OpenSSL: ${reason}). Get one with an EC key on P-256 or an RSA key of at least 2048 bits, signed with SHA-256.`
    return failure('KEY_TOO_WEAK', message, newKeyAndRequest)
  }
}
