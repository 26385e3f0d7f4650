import { createSecureContext } from 'node:tls'
import { maxChainLength } from '../limits.ts'
import type { Problem } from '../report.ts'
import type { Chain } from './chain.ts'
import type { Identity } from './identity.ts'

/** Everything about a readable identity that can't work or is weak. */
export function checkIdentity({ key, leaf }: Identity, chain: Chain, now: Date): Problem[] {
  return [
    ...checkDates(leaf.notBefore, leaf.notAfter, now),
    ...checkChain(chain),
    ...checkHandshake(key.key, leaf.pem, chain),
  ]
}

function checkDates(notBefore: Date, notAfter: Date, now: Date): Problem[] {
  if (notAfter < now) {
    return [
      {
        severity: 'error',
        code: 'CERTIFICATE_EXPIRED',
        message: `The certificate expired on ${notAfter.toISOString()}. Send the renewed one with its key.`,
      },
    ]
  }
  if (notBefore <= now) return []
  // a warning: rotations are staged before the new certificate begins
  const message = `The certificate is valid only from ${notBefore.toISOString()} on: until then targets refuse it.`
  return [{ severity: 'warning', code: 'CERTIFICATE_STARTS_LATER', message }]
}

function checkChain(chain: Chain): Problem[] {
  const problems: Problem[] = []
  if (chain.issuers.length + 1 > maxChainLength) {
    const message = `The chain has ${chain.issuers.length + 1} certificates; at most ${maxChainLength} are taken.`
    problems.push({ severity: 'error', code: 'LIMIT_EXCEEDED', message })
  }
  return problems
}

/** The last word is that of the library that makes the handshakes: key sizes and signatures below its security level. */
function checkHandshake(key: Identity['key']['key'], leaf: string, chain: Chain): Problem[] {
  try {
    const cert = [leaf, ...chain.issuers.map(({ pem }) => pem)].join('')
    createSecureContext({ key: key.export({ type: 'pkcs8', format: 'pem' }), cert })
    return []
  } catch (error) {
    const reason = /[a-z ]+$/.exec((error as Error).message)?.[0] ?? 'unknown reason'
    const message = `TLS refuses to present this certificate (OpenSSL: ${reason.trim()}). Get one with an RSA key of 2048 bits or more, or an EC key on P-256, and a SHA-256 signature.`
    return [{ severity: 'error', code: 'KEY_TOO_WEAK', message }]
  }
}
