import { X509Certificate } from 'node:crypto'
import { distinguishedName, offeredTlsVersions } from '@mtls-gateway/domain'
import type { ConnectionFacts, TransportPhase } from './connection-facts.ts'

/** What a sentence can speak of. */
interface FailureContext extends ConnectionFacts {
  /** Host and port as the caller knows them. */
  readonly target: string
  readonly detail: string
}

export type Sentence = (context: FailureContext) => string

const timeouts: Record<TransportPhase, Sentence> = {
  resolve: ({ target }) => `The name servers did not answer for ${target} in time. Check the name and its DNS servers.`,
  connect: ({ target }) =>
    `${target} did not accept a TCP connection in time. Check that it is up and lets the gateway in.`,
  handshake: ({ target, targetCertificateSeen, tls }) =>
    `${target} accepted the connection but did not finish the TLS handshake in time. Check that it speaks TLS on this port.${targetCertificateSeen ? '' : oldPeerAdvice(tls)}`,
  exchange: ({ target }) =>
    `${target} took the request but did not answer, or stopped answering, in time. The target is too slow or hangs.`,
}

/** For each code one or two sentences: what happened, whose side it is on, what to do. */
export const sentences = {
  TARGET_ADDRESS_REFUSED: ({ target }) =>
    `${target} has a private, local or reserved address, and this gateway does not connect to those. Use a public target, or have the gateway's operator allow the address (TARGET_ALLOW_CIDRS).`,
  TARGET_PORT_REFUSED: ({ target, detail }) =>
    `${target}: this gateway does not connect to port ${detail}. Use a port that it allows, or have its operator add this one (TARGET_PORTS).`,
  ENOTFOUND: ({ target }) =>
    `The host name ${target.replace(/:\d+$/, '')} does not exist in DNS. Check the url that is mapped and called.`,
  EAI_AGAIN: ({ target }) =>
    `The DNS servers for ${target} failed or gave no usable answer. Try again; if it stays, the owner of the domain has to look.`,
  ECONNREFUSED: ({ target }) =>
    `${target} refused the TCP connection: nothing listens there, or a firewall rejects it. Check host and port, and that the target is up.`,
  ECONNRESET: (context) => `${context.target} reset the connection ${moment(context)}`,
  SOCKET_CLOSED: (context) => `${context.target} closed the connection ${moment(context)}`,
  EHOSTUNREACH: ({ target }) => `There is no route to ${target}: its host is down or a router on the way refuses.`,
  ENETUNREACH: ({ target }) =>
    `The gateway has no route to the network of ${target}, perhaps because the target has only IPv6 addresses.`,
  TIMEOUT: (context) =>
    context.phase === undefined
      ? `${context.target} did not answer within the time for the whole call.`
      : timeouts[context.phase](context),
  EGRESS_PROXY_UNREACHABLE: ({ target, detail }) =>
    `The egress proxy of this gateway, through which ${target} is called, cannot be reached (${detail}). The gateway's operator has to correct the proxy or EGRESS_PROXIES_FILE.`,
  EGRESS_PROXY_TIMEOUT: ({ target }) =>
    `The egress proxy of this gateway did not connect to ${target} in time. Check that the target is up and lets the proxy in; if other targets fail as well, the gateway's operator has to look after the proxy.`,
  EGRESS_PROXY_UNAUTHORIZED: ({ target, detail }) =>
    `The egress proxy of this gateway refused the gateway's credentials on the way to ${target} (${detail}). The gateway's operator has to correct them in EGRESS_PROXIES_FILE.`,
  EGRESS_PROXY_REFUSED: ({ target, detail }) =>
    `The egress proxy of this gateway does not let calls to ${target} pass (${detail}). The gateway's operator has to allow the target's address and port in the proxy.`,
  EGRESS_PROXY_CANNOT_CONNECT: ({ target, detail }) =>
    `The egress proxy of this gateway could not connect to ${target} (${detail}). Check that the target is up and lets the proxy in; if other targets fail as well, the gateway's operator has to look after the proxy.`,
  EGRESS_PROXY_MALFORMED: ({ target, detail }) =>
    `The egress proxy of this gateway gave no valid answer on the way to ${target}: ${detail}. The gateway's operator has to correct EGRESS_PROXIES_FILE: it may name no HTTP proxy.`,
  EMFILE: ({ target }) =>
    `This gateway has no file descriptor left for a connection to ${target}. Repeat the call; the gateway's operator has to raise its limit of open files.`,
  CERT_HAS_EXPIRED: ({ target }) =>
    `A certificate of ${target} has expired. The target has to renew its server certificate or chain.`,
  CERT_NOT_YET_VALID: ({ target }) =>
    `A certificate of ${target} is not valid yet. The target has to install one that is, or one of the two clocks is wrong.`,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ target, detail }) =>
    `The certificate of ${target} is for another name (${detail}). Call the target by a name that is in its certificate, or set targetTrust.serverName in the mapping.`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  SELF_SIGNED_CERT_IN_CHAIN: unknownIssuer,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownIssuer,
  TARGET_CERTIFICATE_INVALID: ({ target, detail }) =>
    `The certificate of ${target} cannot be accepted (${detail}). The target has to replace it.`,
  TARGET_PIN_MISMATCH: ({ target }) =>
    `The key in the certificate of ${target} is none of those pinned in the mapping. If the target renewed its key, update targetTrust.spkiPins; if not, someone stands in between.`,
  TARGET_TRUST_UNUSABLE: ({ target, detail }) =>
    detail
      ? `The CA certificates that are to vouch for ${target} cannot be used: one of them ${detail}. Give others.`
      : `The CA certificates that are to vouch for ${target} cannot be read. Give them as PEM, nothing else among them.`,
  TARGET_REQUIRES_CLIENT_CERTIFICATE: ({ target, hadClientCertificate }) =>
    hadClientCertificate
      ? `${target} requires a client certificate and takes none of this one's kind (key type or signature algorithm). Use a certificate of a kind that the target names.`
      : `${target} requires a client certificate and the call had none. Map this url and service to a certificate.`,
  TARGET_REJECTED_CLIENT_CERTIFICATE: ({ target, detail }) =>
    `${target} rejected the client certificate: ${detail}. Ask the target's owner which CAs it trusts and whether this certificate is registered there, or replace the certificate.`,
  TARGET_REJECTED_CLIENT_KEY_TYPE: ({ target, detail }) =>
    `${target} asks for a client certificate and does not accept this one's type of key, so it was not sent${detail && ` (it accepts ${detail})`}. Get a certificate with a key of a type that the target accepts; most accept RSA.`,
  TARGET_REJECTED_CLIENT_CHAIN: ({ target, detail }) =>
    `${target} broke off with an internal error (${detail}) when it had the client certificate. Apache does so where the chain is longer than its SSLVerifyDepth. Ask the target's owner to raise that, or upload the certificate with a shorter chain.`,
  TARGET_ASKS_AFTER_HANDSHAKE: ({ target }) =>
    `${target} asks for a client certificate only after the handshake, as Apache and IIS do for single paths. This gateway cannot answer that: Node has no post-handshake authentication for TLS 1.3, and renegotiation over TLS 1.2 is refused. The target has to ask in the handshake, for the whole host or a host name of its own.`,
  CLIENT_CERTIFICATE_UNUSABLE: ({ detail }) =>
    `The stored client certificate or its key cannot be used for TLS (${detail}). Upload it again.`,
  CLIENT_CERTIFICATE_DELETED: () =>
    'The client certificate was deleted while the call was under way, so the target may have carried it out. Map the url to another certificate.',
  CLIENT_CERTIFICATE_REPLACED: () =>
    'The client certificate was replaced, and the call still ran when the time to finish was over, so the target may have carried it out. If that does no harm, repeat it; it will use the new one.',
  TARGET_TLS_VERSION_UNSUPPORTED: versionUnsupported,
  TARGET_TLS_CIPHER_MISMATCH: cipherMismatch,
  TARGET_LEGACY_RENEGOTIATION: ({ target }) =>
    `${target} lacks secure renegotiation (RFC 5746), so this gateway ended the handshake: without it someone in between can put a request of their own before yours. The target has to be updated, or to enable TLS 1.3. Until then, targetTls.legacyRenegotiation: true in the mapping lets its calls through.`,
  TARGET_TLS_UNUSABLE: ({ target, detail }) =>
    `The targetTls of the mapping cannot be used for ${target}: ${detail}. Change it in the mapping.`,
  TARGET_PROTOCOL_MISMATCH: ({ target }) =>
    `${target} and this gateway share no application protocol (ALPN): the gateway speaks HTTP/1.1, and the target probably only HTTP/2. The target has to enable HTTP/1.1.`,
  TARGET_UNKNOWN_SERVER_NAME: ({ target }) =>
    `${target} does not know the server name that it was asked for. Check the host in the url, or targetTrust.serverName.`,
  TARGET_NOT_TLS: ({ target }) =>
    `${target} does not speak TLS on this port. Check the port: it may be the one for plain HTTP.`,
  TARGET_HANDSHAKE_REFUSED: ({ target, detail }) =>
    `This gateway ended the TLS handshake with ${target}, as it asks for too much work: ${detail}. The target has to change that.`,
  TLS_HANDSHAKE_FAILED: ({ target, detail }) =>
    `The TLS handshake with ${target} failed (${detail}). The log of the target tells more.`,
  MALFORMED_RESPONSE: ({ target, detail }) =>
    `${target} sent an answer that is not HTTP/1.1 as it should be (${detail}). The target has to be corrected.`,
  TARGET_TOO_COSTLY: ({ target }) =>
    `This gateway closed its connection to ${target}, as what it sends takes too much work: most of it in very small pieces, or with nothing in them. The target has to send larger ones.`,
  CALL_ABORTED: ({ target }) => `The call to ${target} was given up by its caller before the answer was complete.`,
  SHUTTING_DOWN: () =>
    'This gateway instance is shutting down. If the call was under way, the target may have carried it out. If that does no harm, repeat it; another instance will take it.',
  TRANSPORT_FAILED: ({ target, detail }) =>
    `The call to ${target} failed in a way that this gateway does not know (${detail}).`,
} satisfies Record<string, Sentence>

export type TransportCode = keyof typeof sentences

/** Every code that `explainTransportError` can give, for `LP-error-from-transport` and docs/errors.md. */
// `Object.keys` says less of the keys than is known.
export const transportCodes = Object.keys(sentences) as readonly TransportCode[]

function moment(context: FailureContext): string {
  const { phase, answeredBefore, targetCertificateSeen, hadClientCertificate, tls } = context
  if (phase === 'connect') return 'before it was established. A firewall or load balancer on the way does that.'
  if (answeredBefore || phase === undefined) {
    return 'before the answer was complete. The log of the target tells why; repeat the call if it is safe to.'
  }
  if (!targetCertificateSeen) {
    return `at the start of the TLS handshake, without saying why. Check that the port is the right one; the log of the target tells more.${oldPeerAdvice(tls)}`
  }
  const when =
    phase === 'handshake' ? 'in the middle of the TLS handshake' : 'after the TLS handshake, before any answer'
  const whose = hadClientCertificate ? 'a client certificate' : 'a call without a client certificate'
  return `${when}, without saying why. Many targets refuse ${whose} in just this way; the log of the target tells.`
}

/** What helps where old firewalls and load balancers drop a ClientHello of today; nothing where that is not it. */
function oldPeerAdvice(tls: FailureContext['tls']): string {
  if (tls !== undefined) return ''
  return ' Old firewalls and load balancers drop a modern handshake: targetTls.groups: ["X25519", "P-256"] in the mapping makes it small, and targetTls.maxVersion: "1.2" makes it an old one.'
}

function versionUnsupported({ target, keyNeedsTls12, tls = {} }: FailureContext): string {
  if (keyNeedsTls12) {
    return `${target} does not speak TLS 1.2, and TLS 1.3 has no signature for the key of the client certificate. Get a certificate with an RSA key or a key on P-256.`
  }
  const [offered = '1.2', other] = offeredTlsVersions(tls)
  if (other === undefined) {
    const another = offered === '1.2' ? '1.3' : '1.2'
    return `The mapping allows only TLS ${offered} (targetTls), which ${target} does not speak. Change targetTls so that it allows TLS ${another}, too: its versions, and the ciphers and groups where it names any.`
  }
  return `${target} and this gateway share no TLS version: the gateway speaks TLS 1.2 and 1.3. The target has to enable one of them. Where it speaks TLS 1.2 and refuses whoever offers more, set targetTls.maxVersion: "1.2" in the mapping.`
}

function cipherMismatch({ target, detail, tls }: FailureContext): string {
  const named = [...(tls?.ciphers ? ['targetTls.ciphers'] : []), ...(tls?.groups ? ['targetTls.groups'] : [])]
  if (named.length > 0) {
    return `${target} takes nothing of what ${named.join(' and ')} of the mapping offer (${detail}). Name what the target has, or leave them out.`
  }
  return `${target} and this gateway could not agree on cipher, group or key size (${detail}). The target has to enable current ones. Where it takes only groups that are not offered by default, name them in the mapping, such as targetTls.groups: ["brainpoolP256r1", "P-256"].`
}

/** Why the chain of a target leads to no CA that is trusted: which issuer is missing, and who has to give it. */
function unknownIssuer({ target, targetChain = [], trustsGivenCas }: FailureContext): string {
  const certificates = targetChain.map((der) => new X509Certificate(der))
  const path = pathUp(certificates, (below, other) => other.subject === below.issuer)
  const last = path.at(-1)
  const known = trustsGivenCas ? 'is none of those given in targetTrust.caCertificates' : 'is unknown to this gateway'
  const give = trustsGivenCas
    ? 'give it in targetTrust.caCertificates'
    : 'give it in the mapping, as a CA certificate of the target (targetTrust.caCertificates), or have a public CA issue the certificate'
  if (last === undefined)
    return `The certificate of ${target} comes from a CA that ${known}. To trust that CA, ${give}.`
  const issuer = `"${distinguishedName(last.issuer)}"`
  if (last.issuer !== last.subject) {
    const sent = path.length === 1 ? 'its certificate alone' : 'a chain that is not complete'
    return `${target} sent ${sent}: the certificate of its issuer ${issuer} was not sent and ${known}. Get it from the target's owner and ${give}; where a CA above it is trusted already, it is enough that the target sends it.`
  }
  if (path.length === 1) return `The certificate of ${target} is self-signed and ${known}. To trust it, ${give}.`
  return `The chain of ${target} ends with the CA ${issuer}, which ${known}. To trust that CA, ${give}.`
}

/** From the leaf up, as far as what was sent leads; the order of what follows the leaf is the target's. */
export function pathUp(
  [leaf, ...others]: readonly X509Certificate[],
  isAbove: (below: X509Certificate, other: X509Certificate) => boolean,
): readonly X509Certificate[] {
  const path: X509Certificate[] = []
  for (let at = leaf; at !== undefined; ) {
    const below = at
    path.push(below)
    at = others.find((other) => !path.includes(other) && isAbove(below, other))
  }
  return path
}
