import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createPlainServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import Provider from 'oidc-provider'
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js'
import { createCa, type TestCa } from './certificate-authority.ts'
import { handedOnBy, startTlsNginx } from './tls-nginx.ts'

export interface AuthorizationServerOptions {
  /** By the names of RFC 7591. */
  readonly clients: readonly object[]
  /** Issues its certificate; a fresh one unless given. */
  readonly serverCa?: TestCa
  /** Issues the certificates that `tls_client_auth` takes; a fresh one unless given. */
  readonly clientCa?: TestCa
  /** How long tokens last, in seconds. */
  readonly tokenLifetime?: number
  /** `nginx`: it ends TLS in front of the server, and hands on the certificate in a header field. */
  readonly tlsBy?: 'itself' | 'nginx'
}

export interface AuthorizationServer {
  readonly issuer: string
  readonly tokenUrl: string
  /** Has issued the server's certificate. */
  readonly serverCa: TestCa
  /** Issues the certificates that `tls_client_auth` takes. */
  readonly clientCa: TestCa
  /** How often it was asked for a token. */
  asked(): number
  close(): Promise<void>
}

/** The resource that every token is for; tokens are JWTs, bound to the certificate of whoever asks (RFC 8705). */
export const targetResource = 'https://bank.example'

/** A real authorization server over TLS. It asks for client certificates, and takes any in the handshake. */
export async function startAuthorizationServer(options: AuthorizationServerOptions): Promise<AuthorizationServer> {
  const [serverCa, clientCa] = await Promise.all([options.serverCa ?? createCa(), options.clientCa ?? createCa()])
  const identity = await serverCa.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
  const isBehind = options.tlsBy === 'nginx'
  let listener = (_: IncomingMessage, response: { writeHead(status: number): { end(): void } }): void =>
    response.writeHead(503).end()
  const { certificate: cert, privateKey: key } = identity
  const tls = { cert, key, ca: clientCa.certificate, requestCert: true, rejectUnauthorized: false }
  const answer: RequestListener = (request, response) => listener(request, response)
  const server = isBehind ? createPlainServer(answer) : createServer(tls, answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const nginx = isBehind ? await startTlsNginx({ identity, clientCa: clientCa.certificate, port }) : undefined
  const issuer = `https://localhost:${nginx?.port ?? port}`
  const provider = new Provider(issuer, configurationOf(options, isBehind ? handedOn : ofConnection))
  provider.proxy = isBehind
  let asked = 0
  provider.use(async (context, next) => {
    if (context.path === '/token') asked += 1
    await next()
  })
  listener = provider.callback() as typeof listener
  return {
    issuer,
    tokenUrl: `${issuer}/token`,
    serverCa,
    clientCa,
    asked: () => asked,
    close: async () => {
      await nginx?.stop()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The default one, which warns wherever it is used. */
class QuietAdapter extends MemoryAdapter {
  constructor(model: string) {
    super(model, undefined, 60)
  }
}

interface WithSocket {
  readonly req: IncomingMessage
}

/** How the server learns of the client's certificate. */
interface CertificateSource {
  readonly of: (request: IncomingMessage) => X509Certificate | undefined
  /** Whether it comes from the CA that clients' certificates come from. */
  readonly isOfCa: (request: IncomingMessage) => boolean
}

const ofConnection: CertificateSource = {
  of: ({ socket }) => {
    const { raw } = (socket as TLSSocket).getPeerCertificate()
    return raw === undefined ? undefined : new X509Certificate(raw)
  },
  isOfCa: ({ socket }) => (socket as TLSSocket).authorized,
}

const handedOn: CertificateSource = {
  of: ({ headers }) => {
    const pem = headers[handedOnBy.certificate]
    return pem === undefined ? undefined : new X509Certificate(decodeURIComponent(String(pem)))
  },
  isOfCa: ({ headers }) => headers[handedOnBy.verdict] === 'SUCCESS',
}

function configurationOf(
  { clients, tokenLifetime = 3_600 }: AuthorizationServerOptions,
  presented: CertificateSource,
): object {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    clients,
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }] },
    adapter: QuietAdapter,
    // Key sets of clients are on loopback here, which the provider's own dispatcher refuses.
    fetch: (url: string, { dispatcher: _, ...options }: RequestInit & { dispatcher?: unknown }) => fetch(url, options),
    ttl: { ClientCredentials: tokenLifetime },
    scopes: ['payments', 'accounts'],
    clientAuthMethods: [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'self_signed_tls_client_auth',
      'tls_client_auth',
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        selfSignedTlsClientAuth: true,
        tlsClientAuth: true,
        getCertificate: ({ req }: WithSocket) => presented.of(req),
        certificateAuthorized: ({ req }: WithSocket) => presented.isOfCa(req),
        certificateSubjectMatches: ({ req }: WithSocket, property: string, expected: string) =>
          property === 'tls_client_auth_subject_dn' && presented.of(req)?.subject === expected,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => targetResource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'payments accounts',
          audience: targetResource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: tokenLifetime,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    cookies: { keys: ['k'] },
  }
}
