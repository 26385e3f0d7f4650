export interface DocsPage {
  readonly statusCode: number
  readonly headers: Record<string, number | string | string[] | undefined>
  readonly rawPayload: Buffer
}

/** Paths of the document, the page, and its files. Each has only one spelling. */
const pagePath = /^\/docs(?:-json|\/[\w.-]*)?$/

const notFound: DocsPage = { statusCode: 404, headers: {}, rawPayload: Buffer.alloc(0) }

/**
 * Makes each page once: however many callers ask for it, and however slowly they read, all share the same bytes. The
 * pages are open to anybody, and one of the files has 1.4 MB.
 */
export class KeptPages {
  readonly #make: (path: string) => Promise<DocsPage>
  readonly #kept = new Map<string, Promise<DocsPage>>()

  constructor(make: (path: string) => Promise<DocsPage>) {
    this.#make = make
  }

  async get(url: string): Promise<DocsPage> {
    const [path = ''] = url.split('?')
    if (!pagePath.test(path)) return notFound
    const kept = this.#kept.get(path) ?? this.#make(path)
    this.#kept.set(path, kept)
    try {
      const page = await kept
      // There are few pages, but endless names.
      if (page.statusCode === 404) this.#kept.delete(path)
      return page
    } catch (error) {
      this.#kept.delete(path)
      throw error
    }
  }
}
