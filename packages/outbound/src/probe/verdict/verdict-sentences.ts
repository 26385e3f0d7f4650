type Sentence = (target: string, status: number) => string

/** For answers over HTTP, by what they say of the client certificate. */
export const outcomeSentences: Readonly<Record<'accepted' | 'doubtful' | 'notAsked' | 'forbiddenUnasked', Sentence>> = {
  accepted: (_, status) => `The target took the certificate and answered ${status}.`,
  doubtful: (target, status) =>
    `${target} asked for the certificate and answered ${status}. It may refuse the certificate in this way, or the request may only lack something else, such as credentials. Ask its owner whether this certificate is registered there.`,
  notAsked: (target, status) =>
    `${target} answered ${status} and did not ask for a client certificate, so the call says nothing about this one.`,
  forbiddenUnasked: (target, status) =>
    `${target} answered ${status} and did not ask for a client certificate in the handshake. If it needs one for this path only, it would ask after the handshake, as Apache does, which this gateway cannot answer. Then the target has to ask in the handshake, for the whole host or a host name of its own.`,
}

/** For connections that the target closed without an answer. */
export const closedSentences = {
  accepted: (target: string): string =>
    `${target} accepted the certificate in the handshake and then closed the connection without an answer. The certificate is not the reason; the log of the target tells it.`,
  notAsked: (target: string, protocolChosen: boolean): string =>
    `${target} closed the connection without an answer and did not ask for a client certificate, so that is not the reason. ${
      protocolChosen
        ? 'The log of the target tells it.'
        : 'It did not choose HTTP/1.1 when that was offered (ALPN): if it speaks only HTTP/2, it has to enable HTTP/1.1. Otherwise its log tells the reason.'
    }`,
  strange: (target: string): string =>
    `${target} closed the connection when it had the certificate, and no certificate of the chain comes from an issuer that it names. Use a certificate of one of those issuers.`,
} as const
