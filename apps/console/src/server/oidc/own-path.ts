const origin = 'http://console.invalid'
/** It lies in a cookie until then. */
const longest = 1_024

/** Where to go after a sign-in: a path of the console, whatever was asked for. */
export function ownPath(to: string | null): string {
  // Browsers take a backslash for a slash, and leave out tabs and line ends.
  const url = to?.startsWith('/') === true ? URL.parse(to, origin) : null
  if (url === null || url.origin !== origin) return '/'
  const path = `${url.pathname.replace(/^\/{2,}/, '/')}${url.search}${url.hash}`
  return path.length <= longest ? path : '/'
}
