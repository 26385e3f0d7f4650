/** The `code` of an error of Node's or ours, else ''. By shape: `instanceof` fails for errors of another realm. */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}

/** What an error says; Node leaves the message empty where it tried several addresses of a host. */
export function errorText(error: unknown): string {
  const code = errorCode(error)
  const message =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)
  if (message.includes(code)) return message
  return message === '' ? code : `${code}: ${message}`
}
