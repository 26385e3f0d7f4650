import type { TransportCode } from '@mtls-gateway/outbound'
import type { WebhookReply } from './webhook-sender.ts'

const untrusted = (host: string) =>
  `The certificate of ${host} comes from a CA that this gateway does not know, or an intermediate is missing. The webhook has to send its whole chain from a public CA, or the gateway's operator has to trust the CA (TARGET_EXTRA_CA_FILE).`

const noClientCertificate = (host: string) =>
  `${host} requires a client certificate, and webhooks are called without one. It has to accept calls that are signed with the secret alone.`

/** Where what is said of a target does not fit: a webhook has neither a mapping nor a client certificate. */
const ofWebhooks: Partial<Record<TransportCode, (host: string) => string>> = {
  ENOTFOUND: (host) => `The host name ${host} does not exist in DNS. Check the webhook's url.`,
  ERR_TLS_CERT_ALTNAME_INVALID: (host) =>
    `The certificate of ${host} is for another name. Set the webhook to a name that is in its certificate.`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  TARGET_REQUIRES_CLIENT_CERTIFICATE: noClientCertificate,
  TARGET_REJECTED_CLIENT_CERTIFICATE: noClientCertificate,
}

/** What the webhook did, who must fix it, and how. */
export function replySentence(reply: WebhookReply, host: string): string {
  if ('failure' in reply) return ofWebhooks[reply.failure.code]?.(host) ?? reply.failure.message
  const { status, isTooLong } = reply
  if (isTooLong)
    return `The webhook answered ${status} with more than 64 KiB. It has to answer with a 2xx and little else.`
  if (status <= 299) return `The webhook took the message and answered ${status}.`
  return `The webhook answered ${status}, so it did not take the message. ${adviceOn(status)}`
}

function adviceOn(status: number): string {
  if (status <= 399) return 'Redirects are not followed: set the webhook to the url that it leads to.'
  if (status === 401 || status === 403) return 'Check that it verifies the signature with the secret as it is now.'
  if (status === 404 || status === 405 || status === 410) return "Check the webhook's url, which is called with POST."
  return 'Its log tells why. It has to answer with a 2xx.'
}
