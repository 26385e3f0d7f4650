import { Command } from '@commander-js/extra-typings'
import type { TokenIssuer, TokenIssuers, TokenRule } from '@mtls-gateway/contract'
import type { CliContext } from '../cli-context.ts'
import { connect } from '../http/connection.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { facts } from '../views/lines.ts'

export function tokenIssuersCommand(context: CliContext) {
  const command = new Command('token-issuers')
    .summary('show whose tokens are accepted, for operators')
    .description(
      'Shows the issuers whose Bearer tokens are accepted, what the rules of the operator give their tokens, and how fetching their keys went. It needs mtls:admin for all accounts.',
    )
    .addHelpText('after', examples('mtls token-issuers', 'mtls token-issuers --json'))
  return withConnection(command).action(async (options) => {
    const { configApi } = await connect(options, context)
    context.output.answer(await configApi.listTokenIssuers(), tokenIssuersText)
  })
}

const others = {
  refused: 'Tokens of others are refused.',
  introspection: 'Tokens of others are verified by introspection.',
  embedded: 'The tokens are those that the gateway makes itself (mtls-admin token).',
} as const

function tokenIssuersText({ issuers, fileFault, otherTokens }: TokenIssuers): string {
  const fault = fileFault === null ? [] : [`What the file said before is in use. ${fileFault}`]
  return [...issuers.map(issuerText), others[otherTokens], ...fault].join('\n\n')
}

function issuerText({ issuer, trustDomain, audience, algorithms, type, keys, rules }: TokenIssuer): string {
  return facts([
    ['issuer', issuer],
    ['trust domain', trustDomain],
    ['audience', audience.join(', ')],
    ['algorithms', algorithms.join(', ')],
    ['type', type],
    ['keys', keysText(keys)],
    ...rules.map((rule, index): [string, string] => [`rule ${index + 1}`, ruleText(rule)]),
  ])
}

function keysText({ from, url, fetchedAt, fault }: TokenIssuer['keys']): string {
  if (from === 'file') return 'in the file of the operator'
  const place = from === 'url' ? url : `by discovery at ${url}`
  const state = fetchedAt === null ? 'not fetched yet' : `fetched ${fetchedAt}`
  return `${place}, ${state}${fault === null ? '' : `; the last fetch failed: ${fault}`}`
}

function ruleText({ when, accounts, accountsClaim, scopes, scopeClaim, services }: TokenRule): string {
  const condition = when.map(({ claim, matches }) => `${claim.join(' > ')} is ${matches}`).join(' and ')
  const given = (values: readonly string[] | undefined, claim: readonly string[] | undefined) =>
    claim === undefined ? values?.join(', ') : `from the claim ${claim.join(' > ')}`
  return [
    condition === '' ? 'every token' : condition,
    `accounts ${accounts?.[0] === '*' ? 'all' : given(accounts, accountsClaim)}`,
    `scopes ${given(scopes, scopeClaim)}`,
    ...(services === undefined ? [] : [`services ${services.join(', ')}`]),
  ].join('; ')
}
