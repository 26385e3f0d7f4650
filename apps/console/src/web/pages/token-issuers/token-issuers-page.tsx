import type { TokenIssuer, TokenIssuers, TokenRule } from '@mtls-gateway/contract'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { clientOf } from '../../api/page-client.ts'
import { sessionQuery, useMissingScope } from '../../api/session.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { Answered } from '../../ui/answered.tsx'
import { AsCommand } from '../../ui/as-command.tsx'
import { Card } from '../../ui/card.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Breakable } from '../../ui/long-text.tsx'
import { NoScope } from '../../ui/no-scope.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'

function tokenIssuersQuery(accountId: string) {
  return queryOptions({
    queryKey: ['token issuers'],
    queryFn: async ({ signal }) => (await clientOf(accountId).listTokenIssuers({ signal })).body,
  })
}

/** Whose tokens callers may use: read-only, as a file of the operator says it. */
export function TokenIssuersPage() {
  const { data: session } = useQuery(sessionQuery)
  const missingScope = useMissingScope('mtls:admin')
  const reason =
    session?.accounts === '*' ? missingScope : 'This is for operators: your session is not for all accounts.'
  return (
    <>
      <PageHeader title="Token issuers">
        Which tokens this gateway accepts, and what callers may do with them, as the operator’s file says.
      </PageHeader>
      {reason === undefined ? <Issuers /> : <NoScope reason={reason} />}
    </>
  )
}

function Issuers() {
  const query = useQuery(tokenIssuersQuery(useAccountId()))
  return (
    <>
      <Answered query={query} label="Loading the token issuers">
        {query.data && <AllIssuers known={query.data} />}
      </Answered>
      <AsCommand command="mtls token-issuers" />
    </>
  )
}

const others = {
  refused: 'Tokens of any other issuer are refused.',
  introspection: 'All other tokens are verified by the introspection endpoint of the operator.',
  embedded: 'The gateway accepts the tokens that it makes itself (mtls-admin token).',
} as const

function AllIssuers({ known: { issuers, fileFault, otherTokens } }: { readonly known: TokenIssuers }) {
  return (
    <>
      {fileFault !== null && (
        <Notice tone="bad" title="The file has a fault. What it said before is in use.">
          {fileFault.split('\n').map((line) => (
            <p key={line}>
              <Breakable text={line} />
            </p>
          ))}
        </Notice>
      )}
      {issuers.map((issuer) => (
        <IssuerCard key={nameOf(issuer)} issuer={issuer} />
      ))}
      <p>{others[otherTokens]}</p>
    </>
  )
}

function IssuerCard({ issuer }: { readonly issuer: TokenIssuer }) {
  const { trustDomain, audience, algorithms, type, keys, rules } = issuer
  return (
    <Card title={nameOf(issuer)}>
      {keys.fault !== null && (
        <Notice tone="warn" title="Its keys could not be fetched the last time">
          <Breakable text={keys.fault} />
        </Notice>
      )}
      <Facts
        facts={{
          'Trust domain': trustDomain,
          Audience: audience.join(', '),
          Algorithms: algorithms.join(', '),
          Type: type,
          Keys: <Keys keys={keys} />,
        }}
      />
      <Table
        label={`Rules of ${nameOf(issuer)}`}
        columns={[
          { head: 'Rule', kind: 'word', cell: ({ number }) => number },
          { head: 'For tokens with', minWidth: '14em', cell: ({ rule }) => <Conditions rule={rule} /> },
          { head: 'Accounts', cell: ({ rule }) => <Breakable text={accountsOf(rule)} /> },
          { head: 'Scopes', cell: ({ rule }) => given(rule.scopes, rule.scopeClaim) },
          { head: 'Services', cell: ({ rule }) => rule.services?.join(', ') ?? 'all' },
        ]}
        rows={rules.map((rule, index) => ({ rule, number: index + 1 }))}
        keyOf={({ number }) => number}
      />
      {rules.length > 1 && <p>Only the first rule that a token matches applies to it.</p>}
    </Card>
  )
}

function Keys({ keys: { from, url = '', fetchedAt } }: Pick<TokenIssuer, 'keys'>) {
  if (from === 'file') return 'in the file of the operator'
  return (
    <>
      {from === 'discovery' && 'by discovery at '}
      <Breakable text={url} />,{' '}
      {fetchedAt === null ? (
        'not fetched yet'
      ) : (
        <>
          fetched <Time at={fetchedAt} />
        </>
      )}
    </>
  )
}

function Conditions({ rule: { when } }: { readonly rule: TokenRule }) {
  if (when.length === 0) return 'anything'
  return (
    <>
      {when.map(({ claim, matches }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same condition may come twice
        <div key={index}>
          {claim.join(' › ')}:{' '}
          <code>
            <Breakable text={matches} />
          </code>
        </div>
      ))}
    </>
  )
}

function accountsOf({ accounts, accountsClaim }: TokenRule): string {
  return accounts?.[0] === '*' ? 'all' : given(accounts, accountsClaim)
}

function given(values: readonly string[] | undefined, claim: readonly string[] | undefined): string {
  return claim === undefined ? (values ?? []).join(', ') : `from its claim ${claim.join(' › ')}`
}

function nameOf({ issuer, trustDomain = '' }: TokenIssuer): string {
  return issuer ?? trustDomain
}
