/** A request as far as its signature covers it. The input has a line for each part, followed by the body. */
export interface OAuthCase {
  readonly method: string
  /** Path and query as they are sent. */
  readonly target: string
  readonly authorization: string
  readonly host: string
  /** Undefined unless the body is form-encoded. */
  readonly formBody: Buffer | undefined
}

export function oauthCase(input: Buffer): OAuthCase {
  const [first = '', authorization = '', host = '', ...rest] = input.toString('latin1').split('\n')
  const [method = '', ...target] = first.split(' ')
  const formBody = rest.length === 0 ? undefined : Buffer.from(rest.join('\n'), 'latin1')
  return { method, target: target.join(' '), authorization, host, formBody }
}
