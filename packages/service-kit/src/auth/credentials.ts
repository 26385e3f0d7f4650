import type { CredentialRule } from '@mtls-gateway/contract'
import { RouteConfig } from '@nestjs/platform-fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the resource requires of its callers; `none`: anyone may call it. Without it, everybody is refused. */
    credentials?: CredentialRule | 'none'
  }
}

/** What a resource requires of its callers. It is part of the route, so that it is known before Nest has a request. */
export function Credentials(credentials: CredentialRule | 'none'): MethodDecorator {
  return RouteConfig({ credentials })
}
