import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { CliFailure, errorCode } from '../cli-failure.ts'
import { isOfSameUser } from './same-user.ts'

const longestWaitMs = 300_000
const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  connection: 'close',
}

type Answer = (request: URL, response: ServerResponse) => Promise<void> | void

/**
 * Where the browser of this machine is sent first, and comes back to: so the link that it is to open, which may hold a
 * code, is not among the arguments of its process, which everybody on the machine can see.
 */
export class LoopbackServer {
  readonly #server: Server
  readonly #url: URL
  readonly #answers = new Map<string, Answer>()

  private constructor(server: Server, url: URL) {
    this.#server = server
    this.#url = url
    server.on('request', (request, response) => this.#answer(request, response))
  }

  /** @param uri on any free port unless it names one. @throws CliFailure */
  static async start(uri: string): Promise<LoopbackServer> {
    const url = new URL(uri)
    const { port, hostname } = url
    const server = createServer()
    server.listen(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, ''))
    try {
      await once(server, 'listening')
    } catch (error) {
      throw new CliFailure('wrongUse', `${url.host} can not be listened on (${errorCode(error)}).`, { cause: error })
    }
    const address = server.address()
    if (typeof address === 'object' && address !== null) url.port = String(address.port)
    return new LoopbackServer(server, url)
  }

  get redirectUri(): string {
    return this.#url.href
  }

  /** A url of its own that leads to this one, once; and when it has. */
  leadTo(target: string): { readonly url: string; readonly led: Promise<void> } {
    const path = `/${randomUUID()}`
    const led = new Promise<void>((resolve) => {
      this.#answers.set(path, (_, response) => {
        this.#answers.delete(path)
        response
          .once('close', resolve)
          .writeHead(302, { ...headers, location: target })
          .end()
      })
    })
    return { url: new URL(path, this.#url).href, led }
  }

  /** Takes what comes with the redirect, and tells the browser how that went. @throws CliFailure if nobody comes */
  redirected<T>(state: string, take: (callback: URL) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = new CliFailure('refused', 'Nobody signed in within 5 minutes. Start again: mtls login.')
      const timer = setTimeout(() => reject(late), longestWaitMs)
      this.#server.once('close', () => clearTimeout(timer))
      this.#answers.set(this.#url.pathname, async (callback, response) => {
        // Not what was asked for, such as a page that was left open.
        if (callback.searchParams.get('state') !== state) return show(response, 400, strangePage)
        this.#answers.clear()
        await take(callback).then(
          (result) => show(response, 200, donePage, () => resolve(result)),
          (error: unknown) => show(response, 400, failedPage, () => reject(error)),
        )
      })
    })
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(request.url ?? '', this.#url.href)
    const answer = url === null ? undefined : this.#answers.get(url.pathname)
    if (request.method !== 'GET' || url === null || answer === undefined) return show(response, 404, strangePage)
    if (!(await isOfSameUser(request.socket))) return show(response, 403, strangePage)
    await answer(url, response)
  }
}

const donePage = page('You are signed in', 'You can close this window and go back to your terminal.')
const failedPage = page('You are not signed in', 'Your terminal says why.')
const strangePage = page('Nothing to see here', 'This is where mtls login waits for your sign-in.')

function page(title: string, sentence: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1><p>${sentence}</p></html>\n`
}

function show(response: ServerResponse, status: number, text: string, onShown: () => void = () => {}): void {
  response.once('close', onShown).writeHead(status, headers).end(text)
}
