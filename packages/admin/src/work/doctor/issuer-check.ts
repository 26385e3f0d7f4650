import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import { isCodedError } from '@mtls-gateway/domain'
import {
  bearerVerification,
  type CommonConfiguration,
  ConfiguredTokenIssuers,
  hasOwnTokenIssuer,
} from '@mtls-gateway/service-kit'
import { type DoctorFacts, type Finding, fail, ok, reasonOf, warn } from '../../finding.ts'
import { clockFinding } from './clock.ts'
import { ask, jsonObjectIn } from './http-ask.ts'

type Facts = DoctorFacts<CommonConfiguration>

/** Nobody's: to refuse it, a service has to ask. */
const opaque = 'mtls-admin-doctor'

/** Where Bearer tokens are verified: a token that nobody has is verified as the service does it. */
export async function tokenIssuer(facts: Facts): Promise<readonly Finding[]> {
  const { tokenJwksUrl, tokenIssuersFile, introspectionUrl } = facts.configuration
  if (hasOwnTokenIssuer(facts.configuration)) return embeddedIssuer(facts)
  const ofFile = tokenIssuersFile === undefined ? [] : await issuersOfFile(facts)
  // With a file that cannot be used, nothing verifies tokens.
  if (ofFile.some(({ status }) => status === 'fail')) return ofFile
  return [
    ...ofFile,
    ...(tokenJwksUrl === undefined ? [] : await keysOfTokens(facts, tokenJwksUrl)),
    ...(introspectionUrl === undefined ? [] : await introspection(facts)),
  ]
}

async function issuersOfFile(facts: Facts): Promise<readonly Finding[]> {
  const check = 'TOKEN_ISSUERS_FILE'
  let issuers: ConfiguredTokenIssuers
  try {
    issuers = new ConfiguredTokenIssuers(facts.configuration)
  } catch (error) {
    return [fail(check, reasonOf(error), 'docs/tokens.md says what the file is like.')]
  }
  const entries = issuers.entries.filter(({ name }) => name !== facts.configuration.tokenIssuer)
  const failures = await Promise.all(
    entries.map(async ({ name, issuer, trustDomain, algorithms: [alg] = ['RS256'] }) => {
      const claims = issuer === undefined ? { sub: `spiffe://${trustDomain}/mtls-admin-doctor` } : { iss: issuer }
      const failure = await failureOf(facts, jwtWith(claims, alg))
      const fix =
        'Check its entry, NODE_EXTRA_CA_CERTS and the network. Tokens of other issuers are verified all the same.'
      return failure === undefined ? [] : [warn(check, `${name}: ${failure}`, fix)]
    }),
  )
  const [first, ...others] = failures.flat()
  return first === undefined ? [ok(check, `${entries.length} issuers`)] : [first, ...others]
}

async function keysOfTokens(facts: Facts, url: string): Promise<readonly Finding[]> {
  const check = 'TOKEN_JWKS_URL'
  const failure = await failureOf(facts, jwtWith({ iss: facts.configuration.tokenIssuer }))
  const fix = 'Check the url, NODE_EXTRA_CA_CERTS and the network.'
  if (failure !== undefined) return [fail(check, failure, fix)]
  const answer = await ask(url).catch(reasonOf)
  if (typeof answer === 'string') return [fail(check, answer, fix)]
  const { clockAheadMs } = answer
  // It may answer otherwise than a moment ago.
  const { keys } = jsonObjectIn(answer) ?? {}
  const count = Array.isArray(keys) ? keys.length : 0
  const found =
    count > 0 ? ok(check, `${count} keys`) : fail(check, 'no keys', 'It must be the JWK set of the token issuer.')
  return [found, ...(clockAheadMs === undefined ? [] : [clockFinding('the token issuer', clockAheadMs)])]
}

async function introspection(facts: Facts): Promise<readonly Finding[]> {
  const check = 'INTROSPECTION_URL'
  const failure = await failureOf(facts, opaque)
  if (failure === undefined) return [ok(check, 'it answers, and takes INTROSPECTION_CLIENT_ID')]
  const fix =
    'Check the url, INTROSPECTION_CLIENT_ID and INTROSPECTION_CLIENT_SECRET (status 401), NODE_EXTRA_CA_CERTS and the network.'
  return [fail(check, failure, fix)]
}

/** Only looks at a key that is there: the first start makes it. */
function embeddedIssuer({ configuration }: Facts): readonly Finding[] {
  const file = join(configuration.dataDir, 'issuer.key')
  if (!existsSync(file)) return []
  const check = 'token issuer'
  try {
    bearerVerification(configuration, { bulkheads: new Bulkheads() })
    return [ok(check, 'embedded, for one host')]
  } catch (error) {
    const fix = `Put the file back from a backup, or remove it to have a new key, with which old tokens are refused: rm ${file}`
    return [fail(check, reasonOf(error), fix)]
  }
}

/** Why the service could not verify a token; undefined if it refuses this one, as it should. */
async function failureOf({ configuration }: Facts, token: string): Promise<string | undefined> {
  try {
    await bearerVerification(configuration, { bulkheads: new Bulkheads() }).verify(token, '127.0.0.1')
    return 'it accepts a token that nobody has issued'
  } catch (error) {
    if (!isCodedError(error)) throw error
    if (error.code !== 'TOKEN_ISSUER_UNAVAILABLE') return undefined
    return error.cause instanceof Error ? error.cause.message : error.message
  }
}

/** Nobody's: to refuse it, a service needs the keys of the issuer that it names. */
function jwtWith(claims: object, alg = 'RS256'): string {
  return [{ alg, kid: 'mtls-admin-doctor' }, claims].map(base64url).concat('AAAA').join('.')
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
