/** However the slashes are written: clients that join paths double them. */
const baseUrl = /^(?:https?:\/\/[^/?]*)?(\/+mtls\/+account\/+(?:[^/?]+\/+)?to\/[^/?]*)/i

/** Without its user, which may have credentials, also with characters that none of them should have. */
const wholeUrl = /^([a-z][a-z0-9+.-]*:\/\/)(?:[^/?#]*@)?(\[[^\]/?#]*\]|[^/?#:]*)(:\d*(?=[/?#]|$))?/i

/**
 * What logs say of a url: what follows the mapping in a call by base url, or the host in one by the proxy entry, is the
 * path of a target, which no log has.
 */
export function loggedUrl(url: string): string {
  const base = baseUrl.exec(url)?.[1]
  if (base !== undefined || url[0] === '/') return base ?? url
  const [, scheme = '', host = '', port = ''] = wholeUrl.exec(url) ?? []
  return scheme === '' ? url : scheme + host + port
}
