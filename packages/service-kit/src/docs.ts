import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger'

export interface DocsFacts {
  readonly title: string
  readonly version: string
  readonly description: string
}

export const docsPath = '/docs'

/**
 * OpenAPI of the service: a page at `/docs`, the document at `/docs-json`. `@Credentials` names what a resource takes.
 */
export function setupDocs(app: NestFastifyApplication, { title, version, description }: DocsFacts): void {
  const facts = new DocumentBuilder()
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
  SwaggerModule.setup(docsPath, app, () => SwaggerModule.createDocument(app, facts), { raw: ['json'] })
}
