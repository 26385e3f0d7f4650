import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { signOAuth1 } from '@mtls-gateway/request-signing'
import { hostileAddress, type RequestsOrder } from './attack-order.ts'

const dripMs = 10

/** Sends the requests of one order, over connections that it keeps where the service does. */
export class HostileClient {
  readonly #order: RequestsOrder
  readonly #agents: readonly Agent[]
  readonly #sign: ((number: number) => string) | undefined
  #sent = 0

  constructor(order: RequestsOrder) {
    this.#order = order
    const { addresses = 1, atOnce: maxSockets, forgedAppKeys } = order
    this.#agents = Array.from(
      { length: addresses },
      (_, index) => new Agent({ keepAlive: true, maxSockets, localAddress: hostileAddress(index) }),
    )
    this.#sign = forgedAppKeys && forgedSignatures(forgedAppKeys)
  }

  /** Resolves with the status of the answer, or `none`. */
  async send(signal: AbortSignal): Promise<string> {
    const { url, method, path, numberedBody, bodyBytesPerSecond, isCrumbled = false, sendsOn = false } = this.#order
    const number = this.#sent++
    const body = numberedBody ? Buffer.from(numberedBody.replace('{n}', `${number}`)) : this.#order.body
    const { promise, resolve } = Promise.withResolvers<string>()
    const length = body && bodyBytesPerSecond === undefined && !isCrumbled ? { 'content-length': body.length } : {}
    const headers = { ...this.#headers(number), ...length }
    const agent = this.#agents[number % this.#agents.length]
    const sent = request(url + path + this.#query(number), { method, headers, agent, signal })
    let status = 'none'
    sent.on('response', (answer: IncomingMessage) => {
      status = String(answer.statusCode)
      answer.resume().on('end', () => {
        if (!sendsOn && !sent.writableEnded) sent.destroy()
      })
    })
    // A service may close what it has no room for.
    sent.on('error', () => {}).on('close', () => resolve(status))
    if (body && bodyBytesPerSecond !== undefined) drip(sent, body, bodyBytesPerSecond)
    else if (body && isCrumbled) crumble(sent, body)
    else sent.end(body)
    return promise
  }

  /** Another one each time that all addresses have had their turn. */
  #query(number: number): string {
    const { queries = [] } = this.#order
    const query = queries[Math.floor(number / this.#agents.length) % queries.length]
    return query === undefined ? '' : `?${query}`
  }

  #headers(number: number): Readonly<Record<string, string>> {
    const { url, method, path, headers, targetUrls, appKey, inventsTokens } = this.#order
    const target = targetUrls?.[number % targetUrls.length]
    return {
      ...headers,
      ...(target !== undefined && { 'LP-forward-url': target, 'LP-service-name': 'IDP' }),
      ...(appKey && { authorization: signOAuth1({ ...appKey, method, url: url + path }) }),
      ...(inventsTokens && { authorization: `Bearer invented-${number}` }),
      ...(this.#sign && { authorization: this.#sign(number) }),
    }
  }
}

/** Costs the attacker next to nothing. */
function forgedSignatures(appKeys: readonly string[]): (number: number) => string {
  const signature = encodeURIComponent(Buffer.alloc(20, 'forged').toString('base64'))
  return (number) => {
    const parameters = {
      oauth_consumer_key: appKeys[number % appKeys.length],
      oauth_nonce: `n${number}`,
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: Math.floor(Date.now() / 1_000),
      oauth_version: '1.0',
      oauth_signature: signature,
    }
    const list = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`)
    return `OAuth ${list.join(', ')}`
  }
}

function crumble(sent: ClientRequest, body: Uint8Array): void {
  sent.cork()
  for (let at = 0; at < body.length; at++) sent.write(body.subarray(at, at + 1))
  sent.end()
}

function drip(sent: ClientRequest, body: Uint8Array, bytesPerSecond: number): void {
  const piece = Math.ceil((bytesPerSecond * dripMs) / 1_000)
  let next = 0
  const timer = setInterval(() => {
    if (next >= body.length) sent.end()
    else sent.write(body.subarray(next, next + piece))
    next += piece
  }, dripMs)
  sent.once('close', () => clearInterval(timer))
}
