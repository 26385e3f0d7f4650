import { parseArgs } from 'node:util'
import { CodedError, isScope, parseAccountId, scopes } from '@mtls-gateway/domain'
import { EmbeddedIssuer } from '@mtls-gateway/request-auth'
import { issuerKey } from '@mtls-gateway/service-kit'
import { readConfiguration } from '../configuration/configuration.ts'

const usage = `Prints a Bearer token of the embedded issuer.

  npm run token -- --account le123 --scope "mtls:read mtls:write" [--account other] [--subject name] [--expires-in 3600]

  --account     an account that the token is for; may be repeated; "*" is every account
  --scope       some of: ${scopes.join(', ')}
  --subject     who uses it, for the audit (default: cli)
  --expires-in  seconds (default: 3600)
`

async function token(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<string> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      account: { type: 'string', multiple: true, default: [] },
      scope: { type: 'string', default: '' },
      subject: { type: 'string', default: 'cli' },
      'expires-in': { type: 'string', default: '3600' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help || values.account.length === 0) return usage
  const words = values.scope.split(/[\s,]+/).filter((word) => word !== '')
  const known = words.filter(isScope)
  if (known.length < words.length || known.length === 0) {
    throw new CodedError('VALIDATION_FAILED', `--scope takes some of: ${scopes.join(', ')}`)
  }
  const expiresInSeconds = Number(values['expires-in'])
  if (!Number.isInteger(expiresInSeconds) || expiresInSeconds < 1) {
    throw new CodedError('VALIDATION_FAILED', '--expires-in takes a whole number of seconds.')
  }
  const { dataDir, tokenJwksUrl, introspectionUrl } = readConfiguration(environment)
  if (tokenJwksUrl !== undefined || introspectionUrl !== undefined) {
    throw new CodedError('CONFIGURATION_INVALID', 'Tokens come from the configured issuer; the embedded one is off.')
  }
  const issuer = new EmbeddedIssuer({ key: issuerKey(dataDir), clock: Date.now })
  return issuer.issue({
    subject: values.subject,
    accounts: values.account.includes('*') ? '*' : values.account.map(parseAccountId),
    scopes: known,
    expiresInSeconds,
  })
}

try {
  console.log(await token(process.argv.slice(2), process.env))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
