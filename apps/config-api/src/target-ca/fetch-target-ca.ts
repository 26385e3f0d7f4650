import type { TargetCa, TargetCaRequest } from '@mtls-gateway/contract'
import { type AccountId, parseServerName, parseTargetUrl } from '@mtls-gateway/domain'
import {
  createTargetTrust,
  type SentCertificate,
  type TargetChain,
  type TargetTrustSettings,
  type TracedCallReport,
  type TracedCalls,
} from '@mtls-gateway/outbound'
import { readTargetTls } from '../mappings/target-tls-request.ts'

/** For each of the two connections. */
const deadlineMs = 15_000

/** What only a CA that is not trusted yet can mend. */
const unknownIssuers: ReadonlySet<string> = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
])

const compare =
  'Whoever answered the gateway sent it: compare its SHA-256 fingerprint with the one that the target’s owner tells you, and trust it only if they are the same.'

/**
 * Which certificate a target would have to be trusted by, as it sends it. A second connection, which trusts that
 * certificate alone, shows that it would be enough. The certificates are read in the processes of the two calls.
 * @throws CodedError what is wrong with the url, the name or the TLS settings; `TOO_MANY_CALLS`
 */
export async function fetchTargetCa(
  calls: Pick<TracedCalls, 'call'>,
  account: AccountId,
  { url, serverName, targetTls }: TargetCaRequest,
): Promise<TargetCa> {
  const { hostname, port, normalised } = parseTargetUrl(url)
  const target = `${hostname}:${port}`
  const named = typeof serverName === 'string' ? { serverName: parseServerName(serverName, 'serverName') } : {}
  const tls = targetTls ? readTargetTls(targetTls) : undefined
  const connect = (settings: TargetTrustSettings) => {
    const trust = Object.keys(settings).length === 0 ? undefined : createTargetTrust(settings)
    const call = { url: normalised, method: 'HEAD', headers: {}, maxBodyBytes: 0, endsWithHandshake: true }
    return calls.call(account, { trust, tls }, call, deadlineMs)
  }
  const report = await connect(named)
  const { targetChain = { path: [], anchor: null, isComplete: false }, failure } = report
  const nothing = { url: normalised, ca: null, chain: targetChain.path.map(withoutPem), error: null }
  if (report.handshake?.authorized) {
    const explanation = `The certificate of ${target} comes from a CA that this gateway trusts already. Its mappings need no CA certificates.`
    return { ...nothing, result: 'trusted', explanation }
  }
  if (failure === undefined || !unknownIssuers.has(failure.code)) return { ...nothing, ...failed(report) }
  const ca = targetChain.anchor === null ? undefined : targetChain.path[targetChain.anchor]
  if (ca === undefined) return { ...nothing, result: 'missing', explanation: missingSentence(target, targetChain) }
  const trusting = await connect({ ...named, caCertificates: ca.pem })
  if (!trusting.handshake?.authorized) return { ...nothing, ...failed(trusting) }
  return { ...nothing, result: 'found', explanation: foundSentence(target, targetChain, ca), ca }
}

function failed({ failure }: TracedCallReport): Pick<TargetCa, 'result' | 'explanation' | 'error'> {
  if (failure === undefined) throw new TypeError('a call that ends with the handshake has no answer')
  const { code, message } = failure
  return { result: 'failed', explanation: message, error: { code, message } }
}

function missingSentence(target: string, { path }: TargetChain): string {
  const issuer = path.at(-1)?.issuer ?? ''
  return `${target} sends its certificate without that of the CA which issued it, so there is nothing to fetch. Ask the target’s owner for the certificate of "${issuer}" as PEM, and have them send it along with their own.`
}

function foundSentence(target: string, { path, isComplete }: TargetChain, ca: SentCertificate): string {
  if (path.length === 1) {
    return `The certificate of ${target} is self-signed. Whoever trusts it trusts this certificate alone: when the target renews it, calls fail until the new one is trusted. ${compare}`
  }
  if (isComplete)
    return `The certificate of ${target} comes from the CA "${ca.subject}", which this gateway does not know. ${compare}`
  return `The certificate of ${target} comes from "${ca.subject}", an intermediate CA: that of its issuer "${ca.issuer}" was not sent. It can be trusted by itself, until the target’s owner replaces it. ${compare}`
}

function withoutPem({ pem: _, ...facts }: SentCertificate): TargetCa['chain'][number] {
  return facts
}
