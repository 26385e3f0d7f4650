import type { BrowserContext, ConsoleMessage, Request, Response } from '@playwright/test'

/** A part of what a fault says, or a pattern of it. */
export type ExpectedFault = string | RegExp

/**
 * What goes wrong in the pages of a browser without anybody seeing it: `401 GET /console/session`,
 * `net::ERR_CONNECTION_REFUSED GET /mtls/...`, `console: ...`, `page: Error: ...`, `policy: script-src-elem inline`.
 */
export class PageFaults {
  readonly #found: string[] = []

  /** Watches all pages of a context that has none yet. */
  async watch(context: BrowserContext): Promise<void> {
    await context.exposeBinding('reportToTest', (_, fault: string) => this.#found.push(fault))
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
        Reflect.get(window, 'reportToTest')(`policy: ${violatedDirective} ${blockedURI}`)
      })
    })
    context.on('console', (message) => this.#noteMessage(message))
    context.on('weberror', (error) => this.#found.push(`page: ${error.error().stack}`))
    context.on('requestfailed', (request) => this.#noteFailure(request))
    context.on('response', (response) => this.#noteAnswer(response))
  }

  /** Those that are not as expected. */
  unexpected(expected: readonly ExpectedFault[]): readonly string[] {
    const isExpected = (fault: string) =>
      expected.some((each) => (typeof each === 'string' ? fault.includes(each) : each.test(fault)))
    return this.#found.filter((fault) => !isExpected(fault))
  }

  #noteMessage(message: ConsoleMessage): void {
    // Its request is noted.
    if (message.type() !== 'error' || message.text().startsWith('Failed to load resource:')) return
    this.#found.push(`console: ${message.text()}`)
  }

  #noteFailure(request: Request): void {
    const error = request.failure()?.errorText ?? ''
    // The page has moved on, and no longer waits for it.
    if (error !== 'net::ERR_ABORTED') this.#found.push(`${error} ${nameOf(request)}`)
  }

  #noteAnswer(response: Response): void {
    if (response.status() >= 400) this.#found.push(`${response.status()} ${nameOf(response.request())}`)
  }
}

function nameOf(request: Request): string {
  const { pathname, search } = new URL(request.url())
  return `${request.method()} ${pathname}${search}`
}
