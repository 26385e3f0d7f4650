import type { ClientCertificateOutcome, TestCall, TracedHandshake } from '@mtls-gateway/contract'

/** A target may list hundreds. */
const shownIssuers = 10

const outcomeWords: Readonly<Record<ClientCertificateOutcome, string>> = {
  accepted: 'accepted',
  refused: 'refused',
  doubtful: 'doubtful',
  'not-asked': 'not asked for',
  unknown: 'unknown',
}

/** The test call as readable text, shown below the report on the file. */
export function renderCall({ url, status, error, handshake, clientCertificate, explanation }: TestCall): string {
  const { protocol, cipher, alert } = handshake
  return [
    `call         ${url}`,
    `handshake    ${protocol ?? 'none'}${cipher === null ? '' : ` ${cipher}`}`,
    ...renderRequest(handshake),
    ...(alert ? [`alert        ${alert.description} (${alert.code}), from ${alert.from}`] : []),
    `answer       ${status ?? 'none'}`,
    `verdict      ${outcomeWords[clientCertificate]}`,
    error ? `error        ${error.code}: ${error.message}` : `             ${explanation}`,
    '',
  ].join('\n')
}

function renderRequest(handshake: TracedHandshake): readonly string[] {
  const { protocol, clientCertificateRequested, acceptableIssuers, chainAcceptable } = handshake
  if (!clientCertificateRequested) {
    return protocol === null ? [] : ['client cert  not asked for in the handshake']
  }
  const issuers = acceptableIssuers.slice(0, shownIssuers)
  const more = acceptableIssuers.length - issuers.length
  const verdict = {
    true: 'asked for; the chain comes from an issuer that the target names',
    false: 'asked for, but no certificate of the chain comes from an issuer that the target names',
    null: 'asked for; the target does not name the issuers that it accepts',
  }
  return [
    `client cert  ${verdict[`${chainAcceptable}`]}`,
    ...issuers.map((issuer) => `accepts      ${issuer}`),
    ...(more > 0 ? [`             and ${more} more`] : []),
  ]
}
