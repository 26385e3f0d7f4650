/** A url as mappings have it: the gateway writes the port of a call, also where it is the usual one. */
export function withoutUsualPort(url: string): string {
  return url.replace(/^(https:\/\/[^/?#]+):443(?=[/?#]|$)/, '$1')
}
