import type { CallReport } from './test-call.ts'

/** The call of a test as readable text, below the report of the file. */
export function renderCall({ url, status, error, handshake }: CallReport): string {
  const { protocol, cipher } = handshake ?? { protocol: null, cipher: null }
  return [
    `call         ${url}`,
    `handshake    ${protocol ?? 'none'}${cipher === null ? '' : ` ${cipher}`}`,
    `answer       ${status ?? 'none'}`,
    ...(error ? [`error        ${error.code}: ${error.message}`] : []),
    '',
  ].join('\n')
}
