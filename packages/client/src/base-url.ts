/**
 * Scheme, host and perhaps a path, without a slash at the end. Credentials and keys go there: over http, others on the
 * network could read them.
 * @param allowHttp not only to this machine
 * @throws TypeError for anything but an https url, or an http url that is allowed
 */
export function baseUrlOf(url: string, allowHttp = false): string {
  const { protocol, hostname, origin, pathname } = new URL(url)
  if (protocol !== 'https:' && protocol !== 'http:') throw new TypeError(`${url} is not an http or https url`)
  if (protocol === 'http:' && !allowHttp && !isLoopback(hostname)) {
    throw new TypeError(
      `${origin} must begin with https://: over http, others on the network could read credentials. Set allowHttp if nobody else can.`,
    )
  }
  return origin + (pathname.endsWith('/') ? pathname.slice(0, -1) : pathname)
}

/** Whether only this machine can answer there. @param hostname of a URL */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}
