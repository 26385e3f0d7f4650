import type { TargetCa } from '@mtls-gateway/contract'
import { day, facts } from './lines.ts'

/** The CA that a target's certificate comes from, and what to do about it. */
export function targetCaText({ url, ca, chain, explanation, error }: TargetCa): string {
  return [
    facts([
      ['target', url],
      ['sent', chain.length === 0 ? undefined : chain.map(({ subject }) => subject).join(' < ')],
      ['ca', ca?.subject],
      ['issuer', ca && ca.issuer !== ca.subject ? ca.issuer : undefined],
      ['valid', ca ? `${day(ca.notBefore)} to ${day(ca.notAfter)}` : undefined],
      ['sha-256', ca ? inPairs(ca.fingerprintSha256) : undefined],
      ['error', error?.code],
    ]),
    explanation,
  ].join('\n\n')
}

/** As openssl prints it, and many owners write it. */
function inPairs(hex: string): string {
  return hex.toUpperCase().match(/../g)?.join(':') ?? hex
}
