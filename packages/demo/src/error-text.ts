/** The `code` of an error from Node or from us, else ''. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** What an error says; Node leaves the message empty where it tried several addresses of a host. */
export function errorText(error: unknown): string {
  const code = errorCode(error)
  const message = error instanceof Error ? error.message : String(error)
  if (message.includes(code)) return message
  return message === '' ? code : `${code}: ${message}`
}
