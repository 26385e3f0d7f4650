const origin = 'http://console.invalid'
/** It lies in a cookie until then. */
const longest = 1_024

/** Where to go after a sign-in: a path of the console, whatever was asked for. The page uses it, too. */
export function ownPath(to: string | null | undefined): string {
  // Browsers take a backslash for a slash, and leave out tabs and line ends.
  const url = to?.startsWith('/') === true && URL.canParse(to, origin) ? new URL(to, origin) : undefined
  if (url?.origin !== origin) return '/'
  const path = `${url.pathname.replace(/^\/{2,}/, '/')}${url.search}${url.hash}`
  return path.length <= longest ? path : '/'
}
