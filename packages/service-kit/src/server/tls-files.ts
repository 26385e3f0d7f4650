import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { TLSSocket, TlsOptions, Server as TlsServer } from 'node:tls'
import { CodedError } from '@mtls-gateway/domain'
import { Gauge, type Registry } from 'prom-client'
import type { CallerCertificates } from '../auth/caller-certificates.ts'
import type { Log } from '../logging/log.ts'
import { FollowedFiles } from '../process/followed-files.ts'

/** PEM of certificate chain and key. */
export interface TlsPair {
  readonly cert: string
  readonly key: string
}

/** A server's own certificate, and whether callers are asked for theirs. */
export type ServerTls = TlsPair &
  Pick<TlsOptions, 'requestCert' | 'rejectUnauthorized'> & { readonly ca?: string; readonly crl?: string | undefined }

/**
 * Key exchanges of TLS that a caller may ask for. The caller chooses, and P-521 would take 4.7 ms of the event loop,
 * X25519 takes 0.1 ms. Every current client supports one of them.
 */
export const tlsRules = { ecdhCurve: 'X25519MLKEM768:X25519:P-256:P-384', minVersion: 'TLSv1.2' } as const

export interface TlsFilesOptions {
  readonly certFile: string
  readonly keyFile: string
  readonly log: Log
  readonly gauges: ReturnType<typeof tlsGauges>
  /** Whom it asks for certificates, if anybody. */
  readonly callers?: CallerCertificates | undefined
  readonly pollMs?: number
}

/** Both are 0 where a service has no certificate of its own. */
export function tlsGauges(registry: Registry) {
  const registers = [registry]
  const notAfter = new Gauge({
    name: 'tls_certificate_not_after_timestamp_seconds',
    help: "When the service's own TLS certificate expires, or the first of its chain; 0 if it has none",
    registers,
  })
  const reloadFailed = new Gauge({
    name: 'tls_reload_failed',
    help: "1 while the files of the service's own TLS certificate cannot be used, and the one before is in use; else 0",
    registers,
  })
  return { notAfter, reloadFailed }
}

const certificatePem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** When the first certificate of a chain in PEM expires, in milliseconds since 1970. */
export function notAfterOf(chain: string): number {
  const certificates = chain.match(certificatePem) ?? [chain]
  return Math.min(...certificates.map((pem) => new X509Certificate(pem).validToDate.getTime()))
}

/** @throws CodedError `CONFIGURATION_INVALID` if the files are no certificate and its key */
export function readTlsPair({ certFile, keyFile }: Pick<TlsFilesOptions, 'certFile' | 'keyFile'>): TlsPair {
  try {
    const pair = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
    if (new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key))) return pair
  } catch (cause) {
    throw invalid(`${certFile} and ${keyFile} cannot be read as PEM files of a certificate and its key.`, cause)
  }
  // createSecureContext itself silently accepts an RSA key with an EC certificate.
  throw invalid(`The key in ${keyFile} is not the one of the certificate in ${certFile}.`)
}

/** The service's own certificate, reloaded when its files change. */
export class TlsFiles {
  readonly #options: TlsFilesOptions
  #pair: TlsPair
  #server: TlsServer | undefined
  readonly #files: FollowedFiles

  /** @throws CodedError `CONFIGURATION_INVALID` if the files are no certificate and its key */
  constructor(options: TlsFilesOptions) {
    this.#options = options
    this.#pair = readTlsPair(options)
    this.#show()
    const files = [options.certFile, options.keyFile]
    const failed = options.gauges.reloadFailed
    this.#files = new FollowedFiles({ ...options, name: 'tls', files, failed, read: () => this.#read() })
  }

  /** Callers need not show a certificate, and one of other CAs is refused by whoever wants one. */
  get options(): ServerTls {
    const { ca, crl } = this.#options.callers?.cas ?? {}
    return { ...this.#pair, ...(ca !== undefined && { ca, crl, requestCert: true, rejectUnauthorized: false }) }
  }

  /** New connections get the new certificate; open ones keep theirs. */
  follow(server: TlsServer): void {
    this.#server = server
    // The files may have changed since the server was made.
    this.#renew()
    const { callers } = this.#options
    if (callers?.cas === undefined) return
    server.on('connection', (socket: Socket) => callers.begin(socket))
    server.on('secureConnection', (socket: TLSSocket) => callers.accept(socket))
    // Sessions that were begun by other CAs are resumed no more: their tickets have the keys of another context.
    callers.onChanged(() => this.#renew())
  }

  close(): void {
    this.#files.close()
  }

  /** At once, for whoever has just replaced the files; what can't be used does not replace what is in use. */
  reload(): void {
    this.#files.reload()
  }

  #read() {
    const pair = readTlsPair(this.#options)
    if (pair.cert === this.#pair.cert && pair.key === this.#pair.key) return undefined
    this.#pair = pair
    this.#renew()
    this.#show()
    return { notAfter: new X509Certificate(pair.cert).validTo }
  }

  /** Node forgets every option that is not repeated. */
  #renew(): void {
    this.#server?.setSecureContext({ ...tlsRules, ...this.options })
  }

  #show(): void {
    this.#options.gauges.notAfter.set(notAfterOf(this.#pair.cert) / 1_000)
  }
}

function invalid(sentence: string, cause?: unknown): CodedError {
  return new CodedError('CONFIGURATION_INVALID', `TLS_CERT_FILE, TLS_KEY_FILE: ${sentence}`, { cause })
}
