import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect } from '@jest/globals'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly setCookies: readonly string[]
  readonly text: string
  /** The parsed body. */
  json(): unknown
}

export interface Asked {
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Buffer
}

/** What a page of the console sends along with its requests. */
export const ofPage = { 'x-console': '1', 'sec-fetch-site': 'same-origin' } as const

/** Keeps cookies as a browser does, and never sees what an answer must not have. */
export class Browser {
  readonly cookies = new Map<string, string>()
  readonly #url: string
  readonly #secrets: readonly string[]

  /** @param secrets what no answer may contain, in whatever part */
  constructor(url: string, secrets: readonly string[] = ['token-of-ann']) {
    this.#url = url
    this.#secrets = secrets
  }

  /** The same cookies at another address of the console. */
  at(url: string): Browser {
    const other = new Browser(url, this.#secrets)
    for (const [name, value] of this.cookies) other.cookies.set(name, value)
    return other
  }

  get(path: string, headers: OutgoingHttpHeaders = ofPage): Promise<Answer> {
    return this.ask('GET', path, { headers })
  }

  post(path: string, body: unknown, headers: OutgoingHttpHeaders = ofPage): Promise<Answer> {
    const sent = { ...headers, 'content-type': 'application/json' }
    return this.ask('POST', path, { headers: sent, body: JSON.stringify(body) })
  }

  async ask(method: string, path: string, { headers, body }: Asked = {}): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const url = new URL(path, this.#url)
    const call = request(url, { method, agent: false, headers: { ...headers, ...(cookie !== '' && { cookie }) } })
    call.end(body)
    const [answer] = (await once(call, 'response')) as [IncomingMessage]
    const received = await text(answer)
    const setCookies = answer.headers['set-cookie'] ?? []
    for (const each of setCookies) this.#keep(each)
    for (const secret of this.#secrets) {
      expect(received).not.toContain(secret)
      expect(JSON.stringify(answer.headers)).not.toContain(secret)
    }
    return {
      status: answer.statusCode ?? 0,
      headers: answer.headers,
      setCookies,
      text: received,
      json: () => JSON.parse(received),
    }
  }

  #keep(setCookie: string): void {
    const [pair = '', ...attributes] = setCookie.split('; ')
    const at = pair.indexOf('=')
    if (attributes.includes('Max-Age=0')) this.cookies.delete(pair.slice(0, at))
    else this.cookies.set(pair.slice(0, at), pair.slice(at + 1))
  }
}

/** Signs in with a link, as `mtls console` makes one, without a look at whom it signs in. */
export async function signInByLink(url: string, token = 'token-of-ann'): Promise<Browser> {
  const browser = new Browser(url)
  const { code } = await makeCode(url, token)
  const answer = await confirm(browser, await exchange(browser, code))
  expect(answer.status).toBe(204)
  return browser
}

/** What the page gets for the code of a link. */
export async function exchange(browser: Browser, code: string): Promise<string> {
  const answer = await browser.post('/console/sign-in-codes/exchange', { code })
  expect(answer.status).toBe(200)
  return (answer.json() as { readonly confirmation: string }).confirmation
}

/** What the press of its button does. */
export function confirm(browser: Browser, confirmation: string): Promise<Answer> {
  return browser.post('/console/session/confirmation', { code: confirmation })
}

export async function makeCode(url: string, token = 'token-of-ann') {
  const answer = await fetch(`${url}/console/sign-in-codes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  })
  expect(answer.status).toBe(201)
  return (await answer.json()) as { readonly code: string; readonly expiresAt: string; readonly url: string }
}
