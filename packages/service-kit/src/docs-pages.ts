import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger'
import { type DocsFacts, docsPath } from './docs.ts'
import { KeptPages } from './kept-pages.ts'

class DocsModule {}

/**
 * The pages of a service that already listens, whose router takes no more routes: an application of their own, on no
 * port, that is asked by calls.
 */
export async function openDocsPages(service: NestFastifyApplication, facts: DocsFacts): Promise<KeptPages> {
  const pages = await NestFactory.create<NestFastifyApplication>(DocsModule, new FastifyAdapter(), { logger: false })
  const document = () => SwaggerModule.createDocument(service, outlineOf(facts))
  SwaggerModule.setup(docsPath, pages, document, { raw: ['json'] })
  await pages.init()
  return new KeptPages(async (url) => pages.inject({ method: 'GET', url }))
}

function outlineOf({ title, version, description }: DocsFacts): Omit<OpenAPIObject, 'paths'> {
  return new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(title)
    .setVersion(version)
    .setDescription(description)
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'bearer')
    .addSecurity('oauth1', {
      type: 'apiKey',
      in: 'header',
      name: 'Authorization',
      description: 'OAuth 1.0a with an app key and its secret, HMAC-SHA1 or HMAC-SHA256 (RFC 5849)',
    })
    .build()
}
