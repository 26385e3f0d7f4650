import { constants, createHash, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import type { MappingRequest } from '@mtls-gateway/contract'
import { answerRequest, base64urlJson, presentedCertificate, type TargetHandler } from '@mtls-gateway/test-kit'
import { demoNames } from './leftovers.ts'

const paths = { token: '/bank/token', payments: '/bank/payments' } as const
/** The bank finds its client by the name in the certificate: `tls_client_auth` (RFC 8705). */
const client = { id: 'demo-tpp', commonName: demoNames.certificate, scope: 'payments' } as const
const tokenSeconds = 300
/** What a client must sign, and signs by default. */
const signedParts = ['@method', '@target-uri', 'content-digest'] as const

/** Where the bank takes payments, at the demo's target. */
export function paymentsUrl(targetUrl: string): string {
  return new URL(paths.payments, targetUrl).href
}

/** What a mapping of {@link paymentsUrl} needs besides the certificate. */
export function bankRequirements(targetUrl: string): Pick<MappingRequest, 'targetAuth' | 'messageSignature'> {
  const { id: clientId, scope } = client
  const tokenUrl = new URL(paths.token, targetUrl).href
  return {
    targetAuth: { type: 'oauth2', tokenUrl, clientId, method: 'tls_client_auth', scope },
    messageSignature: { scheme: 'rfc9421' },
  }
}

/**
 * What the demo's target answers: a bank below `/bank`, an echo everywhere else. The bank takes payments that have an
 * access token which it has given for the same client certificate (RFC 8705), and that are signed with the key of this
 * certificate (RFC 9421).
 */
export class Bank {
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  #payments = 0

  /** How many it has taken. */
  get payments(): number {
    return this.#payments
  }

  readonly handler: TargetHandler = async (request, response) => {
    if (!request.url?.startsWith('/bank/')) return answerRequest(request, response)
    const body = await buffer(request)
    const { status, ...answer } = this.#answer(request, body)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }

  #answer(request: IncomingMessage, body: Buffer): BankAnswer {
    const socket = request.socket as TLSSocket
    const certificate = presentedCertificate(socket)
    const publicKey = socket.getPeerX509Certificate()?.publicKey
    if (certificate === null || publicKey === undefined) return { status: 403, error: 'no client certificate' }
    const { commonName, subject, fingerprint256 } = certificate
    const thumbprint = Buffer.from(fingerprint256, 'hex').toString('base64url')
    if (request.url === paths.token) {
      const clientId = new URLSearchParams(body.toString()).get('client_id')
      if (clientId !== client.id || commonName !== client.commonName) return { status: 401, error: 'invalid_client' }
      return { status: 200, access_token: this.#tokenFor(thumbprint), token_type: 'Bearer', expires_in: tokenSeconds }
    }
    if (request.url !== paths.payments) return { status: 404, error: `there is only ${paths.payments}` }
    const token = this.#claimsOf(request.headers.authorization)
    if (token?.cnf['x5t#S256'] !== thumbprint)
      return { status: 401, error: 'no token that is bound to the certificate' }
    if (!isSigned(request, body, publicKey)) return { status: 403, error: 'not signed with the key of the certificate' }
    this.#payments += 1
    return { status: 200, accepted: true, clientCertificate: subject, token, signed: signedParts }
  }

  #tokenFor(thumbprint: string): string {
    const { id: client_id, scope } = client
    const claims: TokenClaims = { client_id, scope, exp: nowSeconds() + tokenSeconds, cnf: { 'x5t#S256': thumbprint } }
    const signed = [{ alg: 'ES256', typ: 'at+jwt' }, claims].map(base64urlJson).join('.')
    const signature = sign('sha256', Buffer.from(signed), { key: this.#keys.privateKey, dsaEncoding: 'ieee-p1363' })
    return `${signed}.${signature.toString('base64url')}`
  }

  /** What a token says that the bank has given, unless it has expired. */
  #claimsOf(authorization = ''): TokenClaims | undefined {
    const [, signed = '', claims = '', signature = ''] =
      /^Bearer ([\w-]+\.([\w-]+))\.([\w-]+)$/.exec(authorization) ?? []
    const key = { key: this.#keys.publicKey, dsaEncoding: 'ieee-p1363' } as const
    if (!verify('sha256', Buffer.from(signed), key, Buffer.from(signature, 'base64url'))) return undefined
    const token: TokenClaims = JSON.parse(Buffer.from(claims, 'base64url').toString())
    return token.exp > nowSeconds() ? token : undefined
  }
}

interface BankAnswer {
  readonly status: number
  readonly [field: string]: unknown
}

interface TokenClaims {
  readonly client_id: string
  readonly scope: string
  /** In seconds since 1970. */
  readonly exp: number
  readonly cnf: { readonly 'x5t#S256': string }
}

function isSigned({ method, url, headers }: IncomingMessage, body: Buffer, publicKey: KeyObject): boolean {
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
  const input = String(headers['signature-input']).replace(/^sig1=/, '')
  const signature = String(headers.signature).replace(/^sig1=:|:$/g, '')
  const names = signedParts.map((name) => `"${name}"`)
  if (headers['content-digest'] !== digest || !input.startsWith(`(${names.join(' ')});`)) return false
  const values = [method, `https://${headers.host}${url}`, digest]
  const lines = names.map((name, index) => `${name}: ${values[index]}\n`)
  const isRsa = publicKey.asymmetricKeyType === 'rsa'
  const key = isRsa
    ? { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }
    : { key: publicKey, dsaEncoding: 'ieee-p1363' as const }
  const base = Buffer.from(`${lines.join('')}"@signature-params": ${input}`)
  return verify(isRsa ? 'sha512' : 'sha256', base, key, Buffer.from(signature, 'base64'))
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000)
}
