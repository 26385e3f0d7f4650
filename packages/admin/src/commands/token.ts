import { Command, InvalidArgumentError } from '@commander-js/extra-typings'
import { isScope, parseAccountId, type Scope, scopes } from '@mtls-gateway/domain'
import type { AdminContext } from '../admin-context.ts'
import { examples } from '../options/examples.ts'
import { collect } from '../options/repeatable.ts'

export function tokenCommand(context: AdminContext) {
  return new Command('token')
    .summary('make a Bearer token of the embedded issuer')
    .description('Prints a Bearer token of the embedded issuer. Only if no other issuer is configured.')
    .requiredOption('--account <id>', 'account that it is for, or "*"; may be repeated', collect(String))
    .requiredOption('--scope <scopes>', `some of: ${scopes.join(', ')}`, readScopes)
    .option('--subject <name>', 'who uses it, for the audit', 'cli')
    .option('--expires-in <seconds>', 'how long it is valid', readSeconds, 3_600)
    .addHelpText('after', examples('mtls-admin token --account le123 --scope "mtls:read mtls:write"'))
    .action(async ({ account, scope, subject, expiresIn }) => {
      const { issueToken } = await import('../work/issue-token.ts')
      const accounts = account.includes('*') ? '*' : account.map(parseAccountId)
      context.print(await issueToken(context, { subject, accounts, scopes: scope, expiresInSeconds: expiresIn }))
    })
}

function readScopes(text: string): readonly Scope[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== '')
  const known = words.filter(isScope)
  if (known.length === words.length && known.length > 0) return known
  throw new InvalidArgumentError(`It takes some of: ${scopes.join(', ')}.`)
}

function readSeconds(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a whole number of seconds.')
}
