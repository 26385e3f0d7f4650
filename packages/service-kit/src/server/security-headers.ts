import type { CommonConfiguration } from '../configuration/common-settings.ts'

/** Two years, which is what browsers' preload lists ask for. */
const strictTransportSecurity = 'max-age=63072000'

/**
 * In every answer that a service makes itself. An answer may have a secret that is shown once, so it must not be
 * cached. None is a page, so a browser need not run, embed or guess anything. HSTS is up to whoever ends TLS.
 */
export function securityHeaders({
  tlsCertFile,
}: Pick<CommonConfiguration, 'tlsCertFile'>): Readonly<Record<string, string>> {
  return {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    ...(tlsCertFile !== undefined && { 'strict-transport-security': strictTransportSecurity }),
  }
}

/**
 * The one page there is: swagger-ui, whose scripts and pictures come from this service, and which calls nothing else.
 * Its page and its scripts write styles; icons are data urls.
 */
export const docsPagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
