import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, type StatsListener, unwatchFile, watchFile } from 'node:fs'
import type { Server as TlsServer } from 'node:tls'
import { CodedError } from '@mtls-gateway/domain'
import type { Log } from '../logging/log.ts'

/** PEM of certificate chain and key. */
export interface TlsPair {
  readonly cert: string
  readonly key: string
}

/**
 * Key exchanges of TLS that a caller may ask for. The caller chooses, and P-521 would take 4.7 ms of the event loop,
 * X25519 takes 0.1 ms. Every current client supports one of them.
 */
export const tlsRules = { ecdhCurve: 'X25519MLKEM768:X25519:P-256:P-384', minVersion: 'TLSv1.2' } as const

export interface TlsFilesOptions {
  readonly certFile: string
  readonly keyFile: string
  readonly log: Log
  /** How often the files are checked; 1,000 unless given. */
  readonly pollMs?: number
}

/** The service's own certificate, reloaded when its files change. */
export class TlsFiles {
  readonly #options: TlsFilesOptions
  #pair: TlsPair
  #pending: NodeJS.Timeout | undefined
  #stop: (() => void) | undefined
  #server: TlsServer | undefined

  /** @throws CodedError `CONFIGURATION_INVALID` if the files are no certificate and its key */
  constructor(options: TlsFilesOptions) {
    this.#options = options
    this.#pair = this.#read()
  }

  get pair(): TlsPair {
    return this.#pair
  }

  /** New connections get the new certificate; open ones keep theirs. */
  follow(server: TlsServer): void {
    this.#server = server
    const { certFile, keyFile, pollMs = 1_000 } = this.#options
    // Polled, because events don't cross bind mounts, and miss the symlinks by which Kubernetes replaces files.
    const changed: StatsListener = () => {
      clearTimeout(this.#pending)
      // The two files do not change at the same moment.
      this.#pending = setTimeout(() => this.reload(), pollMs)
    }
    for (const file of [certFile, keyFile]) watchFile(file, { interval: pollMs, persistent: false }, changed)
    this.#stop = () => {
      for (const file of [certFile, keyFile]) unwatchFile(file, changed)
    }
  }

  close(): void {
    clearTimeout(this.#pending)
    this.#stop?.()
  }

  /** At once, for whoever has just replaced the files; what can't be used does not replace what is in use. */
  reload(): void {
    try {
      const pair = this.#read()
      if (pair.cert === this.#pair.cert && pair.key === this.#pair.key) return
      // Node forgets every option that is not repeated.
      this.#server?.setSecureContext({ ...tlsRules, ...pair })
      this.#pair = pair
      this.#options.log.info({ event: 'tls-reloaded', notAfter: new X509Certificate(pair.cert).validTo })
    } catch (err) {
      this.#options.log.error({ event: 'tls-reload-failed', err }, 'the certificate in use stays')
    }
  }

  #read(): TlsPair {
    const { certFile, keyFile } = this.#options
    try {
      const pair = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
      if (new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key))) return pair
    } catch (cause) {
      throw invalid(`${certFile} and ${keyFile} cannot be read as PEM files of a certificate and its key.`, cause)
    }
    // createSecureContext itself silently accepts an RSA key with an EC certificate.
    throw invalid(`The key in ${keyFile} is not the one of the certificate in ${certFile}.`)
  }
}

function invalid(sentence: string, cause?: unknown): CodedError {
  return new CodedError('CONFIGURATION_INVALID', `TLS_CERT_FILE, TLS_KEY_FILE: ${sentence}`, { cause })
}
