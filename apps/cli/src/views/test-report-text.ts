import { paint } from '@mtls-gateway/terminal'
import { type Finding, findingLines } from './findings.ts'
import { day, facts } from './lines.ts'

/** What the key tester answers of a file that can be used. */
export interface TestReport {
  readonly readBy: string
  readonly container: {
    readonly cipher: string | null
    readonly mac: string | null
    readonly iterations: number
  } | null
  readonly keys: readonly { readonly type: string; readonly size: number; readonly curve?: string }[]
  readonly chain: readonly { readonly subject: string; readonly issuer: string; readonly notAfter: string }[]
  readonly readableByJava: readonly string[]
  readonly problems: readonly Finding[]
  readonly call: TestCall | null
}

interface TestCall {
  readonly url: string
  readonly status: number | null
  readonly error: { readonly code: string; readonly message: string } | null
  readonly handshake: Handshake
}

interface Handshake {
  readonly protocol: string | null
  readonly clientCertificateRequested: boolean
  readonly acceptableIssuers: readonly string[]
  readonly chainAcceptable: boolean | null
  readonly alert: { readonly from: string; readonly description: string } | null
}

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

function callText({ url, status, error, handshake }: TestCall, colour: boolean): string {
  const { protocol, clientCertificateRequested, acceptableIssuers, alert } = handshake
  return facts([
    ['call', url],
    ['handshake', protocol ?? 'none'],
    ['certificate', protocol === null && !clientCertificateRequested ? undefined : certificateUse(handshake)],
    ['accepts', acceptableIssuers.length === 0 ? undefined : acceptableIssuers.join('; ')],
    ['alert', alert ? `${alert.description}, from the ${alert.from}` : undefined],
    ['answer', status === null ? 'none' : String(status)],
    ['error', error ? `${paint(error.code, 31, colour)}: ${error.message}` : undefined],
  ])
}

function certificateUse({ clientCertificateRequested, chainAcceptable }: Handshake): string {
  if (!clientCertificateRequested) return 'not asked for: the target does not look at it'
  if (chainAcceptable === null) return 'asked for; the target does not name the issuers that it accepts'
  return chainAcceptable
    ? 'asked for, and its issuer is accepted'
    : 'asked for, but of an issuer that the target does not accept'
}
