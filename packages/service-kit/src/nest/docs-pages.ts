import type { ServiceContract } from '@mtls-gateway/contract'
import { openApiDocument } from '@mtls-gateway/contract/openapi'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger'

class DocsModule {}

/**
 * The pages of a service that already listens, whose router accepts no more routes. They are an application of their
 * own, which is called directly and listens on no port.
 */
export async function openDocsPages(path: string, contract: ServiceContract): Promise<KeptPages> {
  const pages = await NestFactory.create<NestFastifyApplication>(DocsModule, new FastifyAdapter(), { logger: false })
  // The type is that of OpenAPI 3.0; the page also accepts 3.1.
  SwaggerModule.setup(path, pages, openApiDocument(contract) as unknown as OpenAPIObject, { raw: ['json'] })
  await pages.init()
  return new KeptPages(async (url) => pages.inject({ method: 'GET', url }))
}

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
