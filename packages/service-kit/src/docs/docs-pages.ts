import type { ServiceContract } from '@mtls-gateway/contract'
import { openApiDocument } from '@mtls-gateway/contract/openapi'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger'
import { docsPath } from './docs-path.ts'
import { KeptPages } from './kept-pages.ts'

class DocsModule {}

/**
 * The pages of a service that already listens, whose router accepts no more routes. They are an application of their
 * own, which is called directly and listens on no port.
 */
export async function openDocsPages(contract: ServiceContract): Promise<KeptPages> {
  const pages = await NestFactory.create<NestFastifyApplication>(DocsModule, new FastifyAdapter(), { logger: false })
  // The type is that of OpenAPI 3.0; the page also accepts 3.1.
  SwaggerModule.setup(docsPath, pages, openApiDocument(contract) as unknown as OpenAPIObject, { raw: ['json'] })
  await pages.init()
  return new KeptPages(async (url) => pages.inject({ method: 'GET', url }))
}
