import { FlattenedSign } from 'jose'
import { z } from 'zod'
import { IssuerError } from '../issuer-error.ts'
import type { AccountKey } from './account-key.ts'
import { AcmeProblem } from './acme-problem.ts'
import { askServer, type ServerAnswer } from './ask-server.ts'
import type { AcmeIdentifier } from './requested-names.ts'

const url = z.string().max(2_048)

const directorySchema = z.object({ newNonce: url, newAccount: url, newOrder: url })
const accountSchema = z.object({ status: z.string() })
const problemSchema = z.object({ type: z.string() })

const orderSchema = z.object({
  status: z.enum(['pending', 'ready', 'processing', 'valid', 'invalid']),
  authorizations: z.array(url).max(100),
  finalize: url,
  certificate: url.optional(),
  error: z.object({ type: z.unknown() }).optional(),
})

const challengeSchema = z.object({
  type: z.string(),
  url,
  status: z.string(),
  token: z.string().optional(),
  error: z.object({ type: z.unknown() }).optional(),
})

const authorizationSchema = z.object({
  status: z.enum(['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked']),
  identifier: z.object({ type: z.string(), value: z.string() }),
  challenges: z.array(challengeSchema).max(20),
})

export interface AcmeOrder extends z.infer<typeof orderSchema> {
  readonly url: string
  /** What the server says about asking again. */
  readonly retryAfterMs: number | undefined
}
export type AcmeAuthorization = z.infer<typeof authorizationSchema>
export type AcmeChallenge = z.infer<typeof challengeSchema>

/** What ties a new account to a customer that the server knows (RFC 8555 section 7.3.4): a key id and an HMAC key. */
export interface ExternalAccount {
  readonly keyId: string
  readonly key: Buffer
}

/** Pebble refuses one good nonce in twenty to try its clients; others refuse those that have waited long. */
const maxNonces = 8

interface SessionOptions {
  readonly directoryUrl: string
  readonly ca: string | undefined
  readonly key: AccountKey
}

/** The requests of RFC 8555 that one piece of work at a server takes, with one account key. */
export class AcmeSession {
  readonly key: AccountKey
  readonly #options: SessionOptions
  readonly #signal: AbortSignal
  readonly #directory: z.infer<typeof directorySchema>
  #nonce: string | undefined
  /** The account's url, by which requests say who they are from. */
  #account: string | undefined

  private constructor(options: SessionOptions, directory: z.infer<typeof directorySchema>, signal: AbortSignal) {
    this.key = options.key
    this.#options = options
    this.#directory = directory
    this.#signal = signal
  }

  /** Asks for the server's directory. @throws IssuerError */
  static async open(options: SessionOptions, signal: AbortSignal): Promise<AcmeSession> {
    const answer = await askServer({ url: new URL(options.directoryUrl), method: 'GET', ca: options.ca, signal })
    if (answer.status !== 200) throw problemOf(answer)
    return new AcmeSession(options, parse(directorySchema, answer), signal)
  }

  /** From now on, requests are made by this account. */
  useAccount(accountUrl: string): void {
    this.#account = accountUrl
  }

  /** The url of the account that this key has there; undefined if it has none. @throws IssuerError, AcmeProblem */
  async findAccount(): Promise<string | undefined> {
    try {
      return accountUrl(await this.#post(this.#directory.newAccount, { onlyReturnExisting: true }))
    } catch (error) {
      const { type } = error instanceof AcmeProblem ? error : {}
      // Some ask for the binding before they look for the account.
      if (type === 'accountDoesNotExist' || type === 'externalAccountRequired') return undefined
      throw error
    }
  }

  /** Opens an account for this key. @throws IssuerError, AcmeProblem */
  async newAccount(external: ExternalAccount | undefined): Promise<string> {
    const binding = external && (await this.#bind(external))
    const request = { termsOfServiceAgreed: true, ...(binding && { externalAccountBinding: binding }) }
    return accountUrl(await this.#post(this.#directory.newAccount, request))
  }

  async newOrder(identifiers: readonly AcmeIdentifier[]): Promise<AcmeOrder> {
    const answer = await this.#post(this.#directory.newOrder, { identifiers })
    const order = orderOf(answer.location ?? '', answer)
    if (order.url === '') throw notAcme('an order without its url')
    return order
  }

  /** @throws IssuerError ISSUER_REFUSED if the server has it no longer; AcmeProblem */
  async order(orderUrl: string): Promise<AcmeOrder> {
    try {
      return orderOf(orderUrl, await this.#post(orderUrl))
    } catch (error) {
      if (!(error instanceof AcmeProblem) || error.status !== 404) throw error
      throw new IssuerError('ISSUER_REFUSED', 'The ACME server no longer has this order. Order again.', {
        cause: error,
      })
    }
  }

  /** @param csr DER, base64url */
  async finalize(order: AcmeOrder, csr: string): Promise<AcmeOrder> {
    return orderOf(order.url, await this.#post(order.finalize, { csr }))
  }

  async authorization(authorizationUrl: string): Promise<AcmeAuthorization> {
    return parse(authorizationSchema, await this.#post(authorizationUrl))
  }

  /** Tells the server that the answer to this challenge can be asked for. */
  async answerChallenge(challenge: AcmeChallenge): Promise<void> {
    await this.#post(challenge.url, {})
  }

  /** The chain in PEM, unchecked. */
  async certificates(order: AcmeOrder): Promise<string> {
    if (order.certificate === undefined) throw notAcme('a finished order without a certificate')
    const { body } = await this.#post(order.certificate)
    if (!body.includes('-----BEGIN CERTIFICATE-----')) throw notAcme('a certificate that is not PEM')
    return body
  }

  /** Without a payload it only reads (POST-as-GET, RFC 8555 section 6.3). */
  async #post(target: string, payload?: object): Promise<ServerAnswer> {
    const { ca } = this.#options
    const address = this.#own(target)
    for (let nonces = 1; ; nonces++) {
      const nonce = this.#nonce ?? (await this.#newNonce())
      this.#nonce = undefined
      const body = await this.#sign(target, nonce, payload)
      const answer = await askServer({ url: address, method: 'POST', body, ca, signal: this.#signal })
      this.#nonce = answer.nonce
      if (answer.status >= 200 && answer.status < 300) return answer
      const problem = problemOf(answer)
      if (problem.type !== 'badNonce' || nonces === maxNonces) throw problem
    }
  }

  async #newNonce(): Promise<string> {
    const { ca } = this.#options
    const address = this.#own(this.#directory.newNonce)
    const answer = await askServer({ url: address, method: 'HEAD', ca, signal: this.#signal })
    if (answer.nonce !== undefined) return answer.nonce
    throw answer.status >= 400 ? problemOf(answer) : notAcme('no nonce')
  }

  async #sign(target: string, nonce: string, payload: object | undefined): Promise<string> {
    const { privateKey, algorithm, jwk } = this.key
    const signer = this.#account === undefined ? { jwk } : { kid: this.#account }
    const signed = await new FlattenedSign(Buffer.from(payload === undefined ? '' : JSON.stringify(payload)))
      .setProtectedHeader({ alg: algorithm, nonce, url: target, ...signer })
      .sign(privateKey)
    return JSON.stringify(signed)
  }

  async #bind({ keyId, key }: ExternalAccount): Promise<object> {
    return new FlattenedSign(Buffer.from(JSON.stringify(this.key.jwk)))
      .setProtectedHeader({ alg: 'HS256', kid: keyId, url: this.#directory.newAccount })
      .sign(key)
  }

  /** Where requests go is the operator's choice: an answer can't send them to another server. */
  #own(target: string): URL {
    const address = URL.parse(target)
    if (address?.origin === new URL(this.#options.directoryUrl).origin) return address
    throw notAcme('the address of another server')
  }
}

/** @throws IssuerError ISSUER_FORBIDDEN if the account is closed */
function accountUrl(answer: ServerAnswer): string {
  const { status } = parse(accountSchema, answer)
  if (answer.location === undefined) throw notAcme('an account without its url')
  if (status === 'valid') return answer.location
  throw new IssuerError(
    'ISSUER_FORBIDDEN',
    'The account at the ACME server has been deactivated. Give the profile another account key.',
  )
}

function orderOf(orderUrl: string, answer: ServerAnswer): AcmeOrder {
  return { ...parse(orderSchema, answer), url: orderUrl, retryAfterMs: answer.retryAfterMs }
}

/** @throws IssuerError ISSUER_SEALED: OpenBao and Vault say so in their own way */
function problemOf(answer: ServerAnswer): AcmeProblem {
  if (answer.status === 503 && answer.body.includes('Vault is sealed')) {
    throw new IssuerError('ISSUER_SEALED', 'The ACME server is sealed. Ask who runs it to unseal it.')
  }
  const problem = problemSchema.safeParse(parseJson(answer.body))
  return new AcmeProblem(answer.status, problem.data?.type)
}

function parse<Schema extends z.ZodType>(schema: Schema, answer: ServerAnswer): z.infer<Schema> {
  const { success, data } = schema.safeParse(parseJson(answer.body))
  if (success) return data
  throw notAcme(/html/i.test(answer.contentType) ? 'a web page' : 'something else')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function notAcme(what: string): IssuerError {
  return new IssuerError(
    'ISSUED_NO_CERTIFICATE',
    `The ACME server answered ${what}, which is not what RFC 8555 says. Check the directory url of the profile.`,
  )
}
