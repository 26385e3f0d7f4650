import { type AccountId, CodedError, isCodedError, readableTime } from '@mtls-gateway/domain'
import { readCaCertificates } from '../check/foreign-pem.ts'
import type { Issuance, IssuanceOrder, Issuer } from '../issuer.ts'
import { IssuerError } from '../issuer-error.ts'
import type { IssuerProfile } from '../issuers.ts'
import type { AccountCas } from './account-cas.ts'

export interface LocalIssuerOptions {
  readonly cas: AccountCas
  readonly profile: Pick<IssuerProfile, 'lifetimeSeconds'>
}

const defaultLifetimeSeconds = 90 * 86_400

/** A CA for each account, made with its first order. Targets have to be given its certificate. */
export class LocalIssuer implements Issuer {
  readonly #cas: AccountCas
  readonly #lifetimeSeconds: number

  constructor({ cas, profile }: LocalIssuerOptions) {
    this.#cas = cas
    this.#lifetimeSeconds = profile.lifetimeSeconds ?? defaultLifetimeSeconds
  }

  async issue({ account, csr }: IssuanceOrder, signal: AbortSignal): Promise<Issuance> {
    const ca = await untilAborted(this.#cas.certificate(account), signal)
    refuseNearEnd(ca, this.#lifetimeSeconds)
    const order = { csr, lifetimeSeconds: this.#lifetimeSeconds }
    const certificate = await untilAborted(this.#cas.sign(account, order), signal)
    return { state: 'issued', certificates: `${certificate}${ca}` }
  }

  /** Nothing is ever pending here. */
  collect(order: IssuanceOrder, _reference: string, signal: AbortSignal): Promise<Issuance> {
    return this.issue(order, signal)
  }

  /** Nothing is made by asking for it. @throws CodedError `ISSUER_CA_NOT_MADE` */
  async ca(account: AccountId, signal: AbortSignal): Promise<string> {
    const ca = await untilAborted(this.#cas.find(account), signal)
    if (ca !== undefined) return ca
    throw new CodedError(
      'ISSUER_CA_NOT_MADE',
      'The CA of this account is made with its first order. Order a certificate from this issuer first.',
    )
  }

  /** Whether there is a process that signs shows with the first certificate. */
  async check(): Promise<void> {}

  async close(): Promise<void> {}
}

function refuseNearEnd(ca: string, lifetimeSeconds: number): void {
  const [certificate] = readCaCertificates(ca)
  const end = certificate?.validToDate
  if (end === undefined || end.getTime() >= Date.now() + lifetimeSeconds * 1_000) return
  throw new IssuerError(
    'ISSUER_EXPIRES_SOON',
    `The account's CA expires on ${readableTime(end)}, before a certificate that it would sign now. Use another issuer.`,
  )
}

/** What has begun goes on, and whoever waits for it does not. @throws IssuerError */
async function untilAborted<T>(asked: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>()
  const stop = () => reject(new CodedError('INTERNAL_ERROR', 'It took longer than it may.'))
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    return await Promise.race([asked, over])
  } catch (cause) {
    if (!isCodedError(cause)) throw cause
    const code = cause.code === 'VALIDATION_FAILED' ? 'ISSUER_REFUSED' : 'ISSUER_UNREACHABLE'
    throw new IssuerError(code, `The account's CA did not sign. ${cause.message}`, { cause })
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
