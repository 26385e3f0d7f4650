import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { SecureVersion, TLSSocket } from 'node:tls'
import { createCa, type IssuedCertificate, type TestCa } from './certificate-authority.ts'
import { freePort } from './free-port.ts'
import { type PresentedCertificate, presentedCertificate } from './presented-certificate.ts'
import { answerRequest } from './target-answer.ts'

export type TargetHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

export interface MtlsTargetOptions {
  readonly serverIdentity: IssuedCertificate
  /** PEM of the CA that client certificates must come from. */
  readonly clientCa: string
  /** `false`: a certificate is asked for, and any or none will do. */
  readonly requireClientCertificate?: boolean
  readonly host?: string
  /** Unless given, or if 0, one that is free. */
  readonly port?: number
  readonly minVersion?: SecureVersion
  readonly maxVersion?: SecureVersion
  /** Instead of `answerRequest`. */
  readonly handler?: TargetHandler
}

/** A request as the target saw it, noted before its body was read. */
export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly clientCertificate: PresentedCertificate | null
  /** The same for two requests over the same connection. */
  readonly socketId: number
}

export interface MtlsTarget {
  /** `https://localhost:PORT`, without a slash at the end. */
  readonly url: string
  readonly port: number
  /** PEM of the root that signs the target's own certificate. */
  readonly ca: string
  readonly seen: readonly SeenRequest[]
  /** From now on also takes client certificates of this CA. */
  trustClientCa(pem: string): void
  /** Forgets what was seen. */
  clear(): void
  /** Ends every connection, also those in use. */
  close(): Promise<void>
}

/**
 * Starts an HTTPS server that demands a client certificate. A client without one gets the TLS alert
 * `certificate_required`; one whose certificate another CA has signed only sees its connection closed, for Node sends
 * no alert there.
 */
export async function startMtlsTarget(options: MtlsTargetOptions): Promise<MtlsTarget> {
  const { serverIdentity, handler = answerRequest } = options
  const seen: SeenRequest[] = []
  const socketIds = new WeakMap<TLSSocket, number>()
  let sockets = 0
  const clientCas = [options.clientCa]
  const context = {
    key: serverIdentity.privateKey,
    cert: [serverIdentity.certificate, ...serverIdentity.chain.slice(0, -1)].join(''),
    ca: clientCas,
    minVersion: options.minVersion,
    maxVersion: options.maxVersion,
  }
  const server = createServer({
    ...context,
    requestCert: true,
    rejectUnauthorized: options.requireClientCertificate ?? true,
    // Longer than any test: a pooled connection ends when the test says so, not after Node's 5 s.
    keepAliveTimeout: 120_000,
  })
  server.on('secureConnection', (socket) => socketIds.set(socket, ++sockets))
  server.on('request', (request, response) => {
    // An https server's sockets are TLS sockets; the type of `request` does not say so.
    const socket = request.socket as TLSSocket
    seen.push({
      method: request.method ?? '',
      url: request.url ?? '',
      clientCertificate: presentedCertificate(socket),
      socketId: socketIds.get(socket) ?? 0,
    })
    Promise.resolve(handler(request, response)).catch(() => response.destroy())
  })
  const port = options.port || (await freePort())
  server.listen(port, options.host ?? '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `https://localhost:${port}`,
    port,
    ca: serverIdentity.chain.at(-1) ?? serverIdentity.certificate,
    seen,
    trustClientCa: (pem) => {
      clientCas.push(pem)
      server.setSecureContext(context)
    },
    clear: () => {
      seen.length = 0
    },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

export interface TestTargetOptions extends Omit<MtlsTargetOptions, 'serverIdentity' | 'clientCa'> {
  /** Issues the target's own certificate; a fresh one by default. */
  readonly serverCa?: TestCa
  /** Issues the certificates that the target takes from its clients; a fresh one by default. */
  readonly clientCa?: TestCa
}

export interface TestTarget extends MtlsTarget {
  /** Issues the certificates that the target takes from its clients. */
  readonly clientCa: TestCa
  /** Issued the target's own certificate. */
  readonly serverCa: TestCa
}

/** A target for `localhost`, `127.0.0.1` and `::1` with fresh CAs, one per side so that none is trusted by accident. */
export async function startTestTarget(options: TestTargetOptions = {}): Promise<TestTarget> {
  const clientCa = options.clientCa ?? (await createCa({ name: 'Client CA' }))
  const serverCa = options.serverCa ?? (await createCa({ name: 'Server CA' }))
  const serverIdentity = await serverCa.issue({
    commonName: 'localhost',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1', '::1'],
    extendedKeyUsage: ['serverAuth'],
  })
  const target = await startMtlsTarget({ ...options, serverIdentity, clientCa: clientCa.certificate })
  return { ...target, clientCa, serverCa }
}
