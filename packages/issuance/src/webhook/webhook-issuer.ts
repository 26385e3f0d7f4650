import { randomUUID } from 'node:crypto'
import type { AccountId } from '@mtls-gateway/domain'
import { callTarget, signedMessageHeaders, type UpstreamPools } from '@mtls-gateway/outbound'
import { maxCertificateText } from '../check/foreign-pem.ts'
import type { Issuance, IssuanceOrder, Issuer } from '../issuer.ts'
import { IssuerError, type IssuerErrorCode } from '../issuer-error.ts'
import type { IssuerProfile } from '../issuers.ts'
import { readCaFile, readOperatorFile } from '../operator-files.ts'
import { readWebhookAnswer } from './webhook-answer.ts'

export interface WebhookIssuerOptions {
  /** The deployment's way out, with its guard; others may use it, too. */
  readonly upstreams: UpstreamPools
  readonly url: string
  /** It has `whsec_` and base64, and is read each time. */
  readonly secretFile: string
  /** PEM of the CA that stands behind the webhook, the root last. */
  readonly caFile: string
  readonly profile: Pick<IssuerProfile, 'name'>
  /** For a whole call; 30 s unless given. */
  readonly deadlineMs?: number
}

const webhookSecret = /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/

/**
 * A CA behind an HTTPS service of the operator's: a request goes out as a message of Standard Webhooks, and a
 * certificate comes back, at once or later.
 */
export class WebhookIssuer implements Issuer {
  readonly #options: WebhookIssuerOptions
  readonly #host: string

  constructor(options: WebhookIssuerOptions) {
    this.#options = options
    this.#host = new URL(options.url).host
  }

  issue({ id, account, csr }: IssuanceOrder, signal: AbortSignal): Promise<Issuance> {
    // The id of the order, so that the webhook can tell when it is asked again.
    return this.#post(`msg_${id}`, account, { id, account, profile: this.#options.profile.name, csr }, signal)
  }

  collect({ id, account }: IssuanceOrder, reference: string, signal: AbortSignal): Promise<Issuance> {
    const question = { id, account, profile: this.#options.profile.name, reference }
    return this.#post(`msg_${randomUUID()}`, account, question, signal)
  }

  async ca(): Promise<string> {
    return readCaFile(this.#options.caFile)
  }

  /** As far as that goes without asking: the webhook knows no question but for a certificate. */
  async check(): Promise<void> {
    await this.#secret()
    await this.ca()
  }

  async close(): Promise<void> {}

  async #post(messageId: string, accountId: AccountId, content: object, signal: AbortSignal): Promise<Issuance> {
    const { upstreams, url, deadlineMs = 30_000 } = this.#options
    const body = JSON.stringify(content)
    const signed = signedMessageHeaders(await this.#secret(), { id: messageId, body }, Date.now())
    const call = {
      url,
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...signed },
      body,
      maxBodyBytes: maxCertificateText,
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
    }
    const { answer, failure } = await callTarget(upstreams, { accountId }, call)
    if (answer === undefined) {
      throw this.#error('ISSUER_UNREACHABLE', `cannot be reached (${failure?.code}). It is tried again later`)
    }
    return readWebhookAnswer(answer, (code, what) => this.#error(code, what))
  }

  async #secret(): Promise<string> {
    const secret = await readOperatorFile(this.#options.secretFile, 'the secret of the webhook', 'ISSUER_FORBIDDEN')
    if (webhookSecret.test(secret)) return secret
    throw new IssuerError(
      'ISSUER_FORBIDDEN',
      `The secret for the webhook at ${this.#host} is not whsec_ and at least 24 bytes in base64. Correct its file.`,
    )
  }

  #error(code: IssuerErrorCode, what: string): IssuerError {
    return new IssuerError(code, `The webhook at ${this.#host} ${what}.`)
  }
}
