/** Scheme, host and perhaps a path, without a slash at the end. @throws TypeError for what is no http or https url */
export function baseUrlOf(url: string): string {
  const { protocol, origin, pathname } = new URL(url)
  if (protocol !== 'https:' && protocol !== 'http:') throw new TypeError(`${url} is not an http or https url`)
  return origin + (pathname.endsWith('/') ? pathname.slice(0, -1) : pathname)
}
