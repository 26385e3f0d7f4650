/** Fields that belong to a single connection (RFC 9110 section 7.6.1), in lower case. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  // Every sender announces its own trailers.
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * Whether a field must not be passed on, whatever the message's Connection fields list. Many servers take
 * `Transfer_Encoding` for `Transfer-Encoding` (RFC 3875 section 4.1.18 makes them the same), so fields that frame the
 * message or belong to its connection are dropped in that spelling, too.
 */
export function isHopByHop(lowerCaseName: string): boolean {
  const plainName = plain(lowerCaseName)
  return hopByHop.has(plainName) || (plainName === 'content-length' && lowerCaseName !== plainName)
}

/** The name as software with CGI-like variables reads it. */
export function plain(lowerCaseName: string): string {
  return lowerCaseName.replaceAll('_', '-')
}

const none: ReadonlySet<string> = new Set()

/** The names in the Connection fields of a raw header list (`[name, value, name, value, ...]`), in lower case. */
export function connectionOptions(rawHeaders: readonly string[]): ReadonlySet<string> {
  let options: Set<string> | undefined
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]
    if (name?.length !== 10 || name.toLowerCase() !== 'connection') continue
    const value = rawHeaders[i + 1] ?? ''
    // Nearly every message has one of these, which name no field.
    if (value === 'keep-alive' || value === 'close') continue
    options ??= new Set()
    for (const option of value.split(',')) options.add(option.trim().toLowerCase())
  }
  return options ?? none
}

/** The Via of a message that was received in this version of HTTP (RFC 9110 section 7.6.3). */
export function viaOf(version: string): string {
  return version === '1.0' ? '1.0 mtls-gateway' : '1.1 mtls-gateway'
}
