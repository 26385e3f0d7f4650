import type { TestCall, TestReport, TracedHandshake } from '@mtls-gateway/contract'
import { paint } from '@mtls-gateway/terminal'
import { findingLines } from './findings.ts'
import { hintOfTest } from './hints.ts'
import { day, facts } from './lines.ts'

export function testReportText(report: TestReport, colour: boolean): string {
  const { readBy, container, keys, chain, readableByJava, problems, call } = report
  const file = facts([
    ['usable', `${paint('yes', 32, colour)}, read by ${readBy}`],
    ['encryption', container ? `${container.cipher ?? 'none'}, ${container.iterations} iterations` : undefined],
    ...keys.map(({ type, size, curve }) => ['key', `${type} ${curve ?? `${size} bits`}`] as const),
    ...chain.map(
      ({ subject, notAfter }, at) => [at === 0 ? 'chain' : '', `${subject}, until ${day(notAfter)}`] as const,
    ),
    ['java', readableByJava.length === 0 ? 'no version can read it' : readableByJava.join(', ')],
  ])
  const parts = [file, findingLines(problems, colour).join('\n'), call ? callText(call, colour) : '']
  return parts.filter((part) => part !== '').join('\n\n')
}

function callText(
  { url, status, error, handshake, clientCertificate, explanation }: TestCall,
  colour: boolean,
): string {
  const { protocol, clientCertificateRequested, acceptableIssuers, alert } = handshake
  return facts([
    ['call', url],
    ['handshake', protocol ?? 'none'],
    ['certificate', protocol === null && !clientCertificateRequested ? undefined : certificateUse(handshake)],
    ['accepts', acceptableIssuers.length === 0 ? undefined : acceptableIssuers.join('; ')],
    ['alert', alert ? `${alert.description}, from the ${alert.from}` : undefined],
    ['answer', status === null ? 'none' : String(status)],
    ['verdict', error ? clientCertificate : `${clientCertificate}: ${explanation}`],
    ['error', error ? `${paint(error.code, 31, colour)}: ${error.message}` : undefined],
    ['', error ? hintOfTest(error.code) : undefined],
  ])
}

function certificateUse({ clientCertificateRequested, chainAcceptable }: TracedHandshake): string {
  if (!clientCertificateRequested) return 'not asked for in the handshake'
  if (chainAcceptable === null) return 'asked for; the target does not name the issuers that it accepts'
  return chainAcceptable
    ? 'asked for, and its issuer is accepted'
    : 'asked for, but of an issuer that the target does not accept'
}
