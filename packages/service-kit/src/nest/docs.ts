import type { ServiceContract } from '@mtls-gateway/contract'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import type { FastifyReply, FastifyRequest } from 'fastify'

const docsPath = '/docs'

/** The page and what it loads, not the document. */
export function isDocsPage(route: string): boolean {
  return route === docsPath || route.startsWith(`${docsPath}/`)
}

/**
 * OpenAPI of the service: a page at `/docs`, the document at `/docs-json`. The code for them is loaded with the first
 * request for one: most processes never get any.
 */
export function setupDocs(app: NestFastifyApplication, contract: ServiceContract): void {
  const load = async () => (await import('./docs-pages.ts')).openDocsPages(docsPath, contract)
  let pages: ReturnType<typeof load> | undefined
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    pages ??= load()
    const page = await (await pages)(request.originalUrl)
    if (page === undefined) return reply.callNotFound()
    return reply.code(page.statusCode).headers(page.headers).send(page.rawPayload)
  }
  const server = app.getHttpAdapter().getInstance()
  for (const path of [docsPath, `${docsPath}/*`, `${docsPath}-json`]) server.get(path, answer)
}
