import type { ServiceContract } from '@mtls-gateway/contract'
import { openApiDocument } from '@mtls-gateway/contract/openapi'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger'

class DocsModule {}

type DocsPage = Pick<Awaited<ReturnType<NestFastifyApplication['inject']>>, 'statusCode' | 'headers' | 'rawPayload'>

/** Paths of the document, the page, and its files. Each has only one spelling. */
const pagePath = /^\/docs(?:-json|\/[\w.-]*)?$/

/**
 * The pages of a service that already listens, whose router accepts no more routes. They are an application of their
 * own, which is called directly and listens on no port. Each is made once: they are open to anybody, and one of the
 * files has 1.4 MB.
 *
 * @returns the page at a url, if there is one
 */
export async function openDocsPages(
  path: string,
  contract: ServiceContract,
): Promise<(url: string) => Promise<DocsPage | undefined>> {
  const pages = await NestFactory.create<NestFastifyApplication>(DocsModule, new FastifyAdapter(), { logger: false })
  // The type is that of OpenAPI 3.0; the page also accepts 3.1.
  SwaggerModule.setup(path, pages, openApiDocument(contract) as unknown as OpenAPIObject, { raw: ['json'] })
  await pages.init()
  const kept = new Map<string, DocsPage>()
  return async (url) => {
    const [page = ''] = url.split('?')
    if (!pagePath.test(page)) return undefined
    const made = kept.get(page) ?? (await pages.inject({ method: 'GET', url: page }))
    // There are few pages, but endless names.
    if (made.statusCode === 404) return undefined
    kept.set(page, made)
    return made
  }
}
