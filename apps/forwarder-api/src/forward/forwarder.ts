import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RateCounter } from '@mtls-gateway/coordination'
import {
  type AccountId,
  type ParsedTargetUrl,
  parseAccountId,
  parseTargetUrl,
  type ServiceCatalogue,
} from '@mtls-gateway/domain'
import type { ClientIdentity, Dispatchers } from '@mtls-gateway/outbound'
import { admit, type Exchange } from '@mtls-gateway/service-kit'
import type { CallerVerification } from './caller-verification.ts'
import type { CertificateChoice } from './certificate-choice.ts'
import { forwardBody, readSignedForm } from './forward-body.ts'
import { type ForwardInstructions, readForwardHeaders, readInstructions } from './forward-request.ts'
import { streamCall } from './stream-call.ts'
import type { UnmappedCalls } from './unmapped-calls.ts'

export interface ForwarderOptions {
  readonly rates: RateCounter
  readonly clientAddressOf: (request: IncomingMessage) => string
  readonly verification: CallerVerification
  readonly services: ServiceCatalogue
  readonly choice: CertificateChoice
  readonly unmapped: UnmappedCalls
  readonly dispatchers: Dispatchers
}

export interface ForwardCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly exchange: Exchange
  /** The segment of the path. */
  readonly account: string
}

/** The forward path as a list of its steps. */
export class Forwarder {
  readonly #options: ForwarderOptions

  constructor(options: ForwarderOptions) {
    this.#options = options
  }

  /**
   * Resolves when the target's answer has gone out whole, or broke off.
   * @throws CodedError, TransportError: nothing has gone out yet, and the answer is the gateway's own
   */
  async forward({ request, response, exchange, account }: ForwardCall): Promise<void> {
    const { rates, clientAddressOf, verification, dispatchers } = this.#options
    const admitted = admit(rates, clientAddressOf(request))
    if (admitted) await admitted

    const accountId = parseAccountId(account)
    const headers = readForwardHeaders(request.rawHeaders)
    const form = await readSignedForm(request)
    const bodyHash = await verification.verify(request, accountId, form)
    exchange.accountId = accountId

    const instructions = readInstructions(headers.gateway)
    const target = parseTargetUrl(instructions.targetUrl)
    const identity = await this.#chooseIdentity(accountId, instructions, target)

    await streamCall(dispatchers, {
      caller: { accountId, identity },
      target,
      headers: headers.outgoing,
      body: forwardBody(request, form, bodyHash),
      request,
      response,
      requestId: exchange.requestId,
    })
  }

  async #chooseIdentity(
    accountId: AccountId,
    { serviceName, stopIfCertificateNotFound }: ForwardInstructions,
    { normalised }: ParsedTargetUrl,
  ): Promise<ClientIdentity | undefined> {
    const { services, choice, unmapped } = this.#options
    const service = services.resolve(serviceName)
    const identity = await choice.choose(accountId, service.number, normalised)
    if (!identity) unmapped.admit(service, stopIfCertificateNotFound)
    return identity
  }
}
