import { setTimeout as sleep } from 'node:timers/promises'
import type { AccountId } from '@mtls-gateway/domain'
import { z } from 'zod'
import type { Issuance, IssuanceOrder, Issuer } from '../issuer.ts'
import { IssuerError } from '../issuer-error.ts'
import { readCaFile, readOperatorFile } from '../operator-files.ts'
import { type AccountKey, parseAccountKey } from './account-key.ts'
import { AcmeProblem, challengeProblem } from './acme-problem.ts'
import { type AcmeAuthorization, type AcmeOrder, AcmeSession, type ExternalAccount } from './acme-session.ts'
import { isChallengeToken } from './challenge-answers.ts'
import { type RequestedNames, requestedNames } from './requested-names.ts'

const file = z.string().min(1)
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** What a profile says. All files are read each time that they are needed. */
export const acmeSettings = z
  .strictObject({
    directoryUrl: z.string().refine(isPrivate, 'is not an https url'),
    /** PEM of the CAs that the server's own TLS comes from; the system's unless given. */
    serverCaFile: file.optional(),
    /** PEM of the account's private key. All instances share it. */
    accountKeyFile: file,
    /** For servers that open accounts only for customers that they know. Only the first order needs them. */
    eabKeyIdFile: file.optional(),
    /** The HMAC key, base64url. */
    eabKeyFile: file.optional(),
    /** PEM of the CA that targets have to trust, the root last: ACME has no request for it. */
    caFile: file,
  })
  .refine((settings) => (settings.eabKeyIdFile === undefined) === (settings.eabKeyFile === undefined), {
    path: ['eabKeyFile'],
    // Behind the name of the setting.
    message: 'and eabKeyIdFile belong together',
  })

export type AcmeSettings = z.infer<typeof acmeSettings>

export interface AcmeIssuerParts {
  /** How long `issue` and `collect` wait for the server before they answer "pending", in milliseconds. */
  readonly patienceMs?: number
}

const defaultPatienceMs = 5_000
const firstWaitMs = 200
const longestWaitMs = 1_000
/** If the server does not say when to ask again. */
const usualAskAgainMs = 5_000

/** What servers say of a binding with another key; OpenBao says that it has failed. */
const refusesBinding: ReadonlySet<string> = new Set(['unauthorized', 'malformed', 'serverInternal'])

/** A CA that speaks ACME (RFC 8555). The url of the order is the reference: with it, any instance can go on. */
export class AcmeIssuer implements Issuer {
  readonly #settings: AcmeSettings
  readonly #parts: AcmeIssuerParts
  /** The account that was found or opened last, by its key's thumbprint. */
  #account: { readonly thumbprint: string; readonly url: string } | undefined

  constructor(settings: AcmeSettings, parts: AcmeIssuerParts = {}) {
    this.#settings = settings
    this.#parts = parts
  }

  async issue({ csr }: IssuanceOrder, signal: AbortSignal): Promise<Issuance> {
    const names = await requestedNames(csr)
    return this.#asAccount(signal, async (session) => {
      const order = await session.newOrder(names.identifiers)
      return this.#goOn(session, order, names, signal)
    })
  }

  async collect({ csr }: IssuanceOrder, reference: string, signal: AbortSignal): Promise<Issuance> {
    const names = await requestedNames(csr)
    return this.#asAccount(signal, async (session) => {
      const order = await session.order(reference)
      return this.#goOn(session, order, names, signal)
    })
  }

  async ca(_account: AccountId, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted()
    return readCaFile(this.#settings.caFile)
  }

  /** Opens the account, if it has not been. */
  async check(signal: AbortSignal): Promise<void> {
    await readCaFile(this.#settings.caFile)
    await this.#asAccount(signal, async () => {})
  }

  /** The account key's that is in the file now. @throws IssuerError ISSUER_ACCOUNT_MISSING */
  async thumbprint(): Promise<string> {
    return (await this.#readAccountKey()).thumbprint
  }

  async close(): Promise<void> {}

  /** Does a piece of work as the account of the key that is in the file now. */
  async #asAccount<Result>(signal: AbortSignal, work: (session: AcmeSession) => Promise<Result>): Promise<Result> {
    signal.throwIfAborted()
    try {
      return await this.#attempt(signal, work)
    } catch (error) {
      if (!(error instanceof AcmeProblem)) throw error
      // The server may have been set up anew since the account was opened.
      const forgotten = error.type === 'accountDoesNotExist' && this.#account !== undefined
      if (!forgotten) throw error.toIssuerError()
      this.#account = undefined
    }
    try {
      return await this.#attempt(signal, work)
    } catch (error) {
      throw error instanceof AcmeProblem ? error.toIssuerError() : error
    }
  }

  async #attempt<Result>(signal: AbortSignal, work: (session: AcmeSession) => Promise<Result>): Promise<Result> {
    const { directoryUrl, serverCaFile } = this.#settings
    const key = await this.#readAccountKey()
    const ca = serverCaFile === undefined ? undefined : await readCaFile(serverCaFile)
    const session = await AcmeSession.open({ directoryUrl, ca, key }, signal)
    if (this.#account?.thumbprint !== key.thumbprint) {
      const url = (await session.findAccount()) ?? (await this.#openAccount(session))
      this.#account = { thumbprint: key.thumbprint, url }
    }
    session.useAccount(this.#account.url)
    return work(session)
  }

  async #readAccountKey(): Promise<AccountKey> {
    const { accountKeyFile } = this.#settings
    return parseAccountKey(await readOperatorFile(accountKeyFile, 'the ACME account key', 'ISSUER_ACCOUNT_MISSING'))
  }

  async #openAccount(session: AcmeSession): Promise<string> {
    const external = await this.#externalAccount()
    try {
      return await session.newAccount(external)
    } catch (error) {
      const { type } = error instanceof AcmeProblem ? error : {}
      if (external === undefined || type === undefined || !refusesBinding.has(type)) throw error
      const message = `The ACME server opens no account with this external account binding (${type}). Ask who runs the CA for a new key id and key.`
      throw new IssuerError('ISSUER_ACCOUNT_MISSING', message, { cause: error })
    }
  }

  async #externalAccount(): Promise<ExternalAccount | undefined> {
    const { eabKeyIdFile, eabKeyFile } = this.#settings
    if (eabKeyIdFile === undefined || eabKeyFile === undefined) return undefined
    const what = 'the external account binding of the ACME account'
    const keyId = await readOperatorFile(eabKeyIdFile, what, 'ISSUER_ACCOUNT_MISSING')
    const key = Buffer.from(await readOperatorFile(eabKeyFile, what, 'ISSUER_ACCOUNT_MISSING'), 'base64url')
    if (keyId !== '' && key.length > 0) return { keyId, key }
    throw new IssuerError('ISSUER_ACCOUNT_MISSING', `The file with ${what} is empty. Put its key id and key there.`)
  }

  /** From whatever state the order is in, as far as it gets within the time. */
  async #goOn(session: AcmeSession, from: AcmeOrder, names: RequestedNames, signal: AbortSignal): Promise<Issuance> {
    const deadline = performance.now() + (this.#parts.patienceMs ?? defaultPatienceMs)
    let order = from
    // All challenges are there from the start.
    if (order.status === 'pending') await proveNames(session, order, deadline)
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
      if (order.status === 'ready') order = await finalize(session, order, names)
      if (order.status === 'invalid') throw await failure(session, order)
      if (order.status === 'valid') return { state: 'issued', certificates: await session.certificates(order) }
      const nextMs = order.retryAfterMs ?? waitMs
      if (performance.now() + nextMs > deadline) {
        return { state: 'pending', reference: order.url, askAgainInMs: order.retryAfterMs ?? usualAskAgainMs }
      }
      await sleep(nextMs, undefined, { signal })
      order = await session.order(order.url)
    }
  }
}

/** Another instance, or this one before it was killed, may have done so. */
async function finalize(session: AcmeSession, order: AcmeOrder, names: RequestedNames): Promise<AcmeOrder> {
  try {
    return await session.finalize(order, names.csr)
  } catch (error) {
    if (error instanceof AcmeProblem && error.type === 'orderNotReady') return session.order(order.url)
    throw error
  }
}

/**
 * Has the server see that the names of an order are the gateway's: `ChallengeAnswers` has what it asks for. A hundred
 * names can take longer than there is: whichever come first, the others come first another time.
 */
async function proveNames(session: AcmeSession, { authorizations }: AcmeOrder, deadline: number): Promise<void> {
  const first = Math.floor(Math.random() * authorizations.length)
  for (const url of [...authorizations.slice(first), ...authorizations.slice(0, first)]) {
    const authorization = await session.authorization(url)
    if (authorization.status === 'pending') await proveName(session, authorization)
    if (performance.now() > deadline) return
  }
}

async function proveName(session: AcmeSession, { challenges }: AcmeAuthorization): Promise<void> {
  const challenge = challenges.find(({ type }) => type === 'http-01')
  if (challenge === undefined) {
    const message =
      'The ACME server wants one of the names verified, and offers no http-01 challenge. Have it authorise the names for this account beforehand.'
    throw new IssuerError('ISSUER_FORBIDDEN', message)
  }
  if (challenge.token === undefined || !isChallengeToken(challenge.token)) {
    const message =
      'The ACME server answered a challenge without a usable token. Check the directory url of the profile.'
    throw new IssuerError('ISSUED_NO_CERTIFICATE', message)
  }
  // Otherwise the server is at it.
  if (challenge.status === 'pending') await session.answerChallenge(challenge)
}

/** Why an order has come to nothing. */
async function failure(session: AcmeSession, order: AcmeOrder): Promise<IssuerError> {
  for (const url of order.authorizations) {
    const { status, challenges } = await session.authorization(url)
    if (status === 'valid') continue
    const failed = challenges.find((challenge) => challenge.error !== undefined)
    const type = challengeProblem(failed?.error?.type) ?? status
    const message = `The ACME server could not verify one of the names by http-01 (${type}). Check that port 80 of each name leads to the gateway and that all profiles of the kind acme have one account key, and order again.`
    return new IssuerError('ISSUER_REFUSED', message)
  }
  return new AcmeProblem(400, order.error?.type).toIssuerError()
}

/** What an account key signs is no secret, but without TLS anyone could answer as the CA. */
function isPrivate(text: string): boolean {
  const url = URL.parse(text)
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback.test(url.hostname))
}
