import type { Page, Response } from '@playwright/test'

/** All that the console answers to a page: header fields and bodies. */
export class Answers {
  readonly #texts: Promise<string>[] = []

  constructor(page: Page, url: string) {
    // An answer that the page has not waited for never ends.
    page.on('requestfinished', (request) => {
      if (new URL(request.url()).origin === new URL(url).origin) this.#texts.push(request.response().then(textOf))
    })
  }

  async containing(part: string | RegExp): Promise<readonly string[]> {
    const texts = await Promise.all(this.#texts)
    return texts.filter((text) => (typeof part === 'string' ? text.includes(part) : part.test(text)))
  }
}

/** Header and payload of a JWT. A session is encrypted: its second part is empty. */
export const jwt = /eyJ[\w-]+\.eyJ/

/** What the page's scripts could read, and so could those of somebody else: cookies, and both storages. */
export function keptBy(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => [
    document.cookie,
    JSON.stringify({ ...localStorage }),
    JSON.stringify({ ...sessionStorage }),
  ])
}

/** A redirect has no body. */
async function textOf(response: Response | null): Promise<string> {
  if (response === null) return ''
  const headers = JSON.stringify(await response.allHeaders())
  const body = await response.text().catch(() => '')
  return headers + body
}
