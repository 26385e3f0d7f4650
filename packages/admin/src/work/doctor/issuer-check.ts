import { clockFinding } from './clock.ts'
import { type DoctorFacts, type Finding, fail, ok, reasonOf } from './finding.ts'
import { ask } from './http-ask.ts'

/** Where the keys of Bearer tokens come from. */
export async function tokenIssuer({ configuration: { tokenJwksUrl } }: DoctorFacts): Promise<readonly Finding[]> {
  if (tokenJwksUrl === undefined) return []
  const check = 'TOKEN_JWKS_URL'
  try {
    const { status, body, clockAheadMs } = await ask(tokenJwksUrl)
    if (status !== 200)
      return [fail(check, `it answered ${status}`, 'Check the url: no Bearer token is accepted without it.')]
    const count: unknown = JSON.parse(body).keys?.length
    const keys =
      typeof count === 'number' && count > 0
        ? ok(check, `${count} keys`)
        : fail(check, 'no keys', 'It must be the JWK set of the token issuer.')
    return [keys, ...(clockAheadMs === undefined ? [] : [clockFinding('the token issuer', clockAheadMs)])]
  } catch (error) {
    return [fail(check, reasonOf(error), 'Check the url, NODE_EXTRA_CA_CERTS and the network.')]
  }
}
