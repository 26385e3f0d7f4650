import type { Fetch } from '../fetch.ts'
import type { Credentials } from '../signing/credentials.ts'

/**
 * An app key, or a token where the deployment takes one for forwards (`FORWARD_ACCEPTS`), or a client certificate where
 * it has rules for them.
 */
export type GatewayFetchOptions = Credentials & CallOptions

export interface CallOptions {
  /** Base url of forwarder-api, such as `https://forwarder.example`. */
  readonly forwarder: string
  /** Takes one that begins with `http://` for other machines, too, where a network of your own protects it. */
  readonly allowHttp?: boolean
  readonly account: string
  /**
   * Who calls, by name or number, such as `IDP`; with account and url it picks the mapping. Needed only for urls that
   * are mapped for several services.
   */
  readonly service?: string | number
  /**
   * The id of a mapping: calls go by its base url. What is fetched is then a path below it, such as
   * `accounts?limit=10`, or a url that begins with it, as SDKs make them that take a base url and a fetch. Needs no
   * service, and is never sent without a certificate.
   */
  readonly mapping?: string | number
  /**
   * A call that no mapping is for is refused (`NO_CERTIFICATE_FOR_CALL` or `NO_MAPPING_FOR_CALL`), not sent without a
   * certificate.
   */
  readonly stopIfCertificateNotFound?: boolean
  /**
   * The fingerprint (SHA-256 in hex) of the version of the certificate to present: the one in use, or a staged one, for
   * a test with the owner of the target. Otherwise it is the one that the mapping presents.
   */
  readonly presentCertificate?: string
  /** How often a call is repeated that was certainly not sent to its target; 2 unless given, 0 turns it off. */
  readonly repeats?: number
  /** A call is not repeated where the gateway asks for a longer wait, in milliseconds; 10,000 unless given. */
  readonly longestWaitMs?: number
  /** What brings calls to forwarder-api; the platform's own unless given. */
  readonly fetch?: Fetch
}
