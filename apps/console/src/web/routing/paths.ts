/** The url of every page. What can be found again is in the url. */

const account = (accountId: string) => `/accounts/${encodeURIComponent(accountId)}`
const certificate = (accountId: string, id: Id) => `${account(accountId)}/certificates/${encodeURIComponent(id)}`

type Id = string | number

type CertificateFilters = Readonly<
  Partial<Record<'status' | 'issuer' | 'keyType' | 'plan' | 'revoked' | 'expiresIn', string>>
> & { readonly expiringWithinDays?: number }

type AuditFilters = Readonly<Partial<Record<'subject' | 'actor' | 'action' | 'since' | 'until', string | undefined>>>

export const paths = {
  /** `to`: where to go on afterwards. */
  signIn: (to?: string) => withQuery('/sign-in', { to }),
  /** After signing in for a page that waits in another tab. */
  signedIn: () => '/signed-in',
  accounts: () => '/accounts',
  overview: account,
  certificates: (accountId: string, filters: CertificateFilters = {}) =>
    withQuery(`${account(accountId)}/certificates`, filters),
  fleet: (accountId: string) => `${account(accountId)}/fleet`,
  /** What is replaced. `of`: how many certificates that were. */
  replacement: (
    accountId: string,
    replacement: { readonly issuer: string; readonly issuedBefore: string; readonly of: number },
  ) => withQuery(`${account(accountId)}/fleet/replacement`, replacement),
  /** `certificateId`: it is stored, and goes on with its first mapping. */
  addCertificate: (accountId: string, stored: { readonly certificateId?: Id } = {}) =>
    withQuery(`${account(accountId)}/certificates/new`, stored),
  issueCertificate: (accountId: string) => `${account(accountId)}/certificates/issue`,
  requestCertificate: (accountId: string) => `${account(accountId)}/certificates/request`,
  certificate,
  /** The certificate's page, ready to call this url. */
  tryCertificate: (accountId: string, certificateId: Id, url: string) =>
    withQuery(certificate(accountId, certificateId), { url }),
  /** For a new certificate that waits for its signature, and for the next version of one. */
  signing: (accountId: string, certificateId: Id) => `${certificate(accountId, certificateId)}/signing`,
  rotate: (accountId: string, certificateId: Id) => `${certificate(accountId, certificateId)}/rotate`,
  mappings: (accountId: string, filters: { readonly certificateId?: Id } = {}) =>
    withQuery(`${account(accountId)}/mappings`, filters),
  /** With what is known of the mapping already. */
  newMapping: (
    accountId: string,
    known: { readonly certificateId?: Id; readonly serviceId?: string; readonly url?: string } = {},
  ) => withQuery(`${account(accountId)}/mappings/new`, known),
  mapping: (accountId: string, mappingId: Id) => `${account(accountId)}/mappings/${encodeURIComponent(mappingId)}`,
  trusts: (accountId: string) => `${account(accountId)}/trusts`,
  signingKeys: (accountId: string) => `${account(accountId)}/signing-keys`,
  explain: (accountId: string, question: { readonly service?: string; readonly url?: string } = {}) =>
    withQuery(`${account(accountId)}/explain`, question),
  calls: (
    accountId: string,
    filters: { readonly outcome?: string; readonly mappingId?: Id; readonly code?: string | undefined } = {},
  ) => withQuery(`${account(accountId)}/calls`, filters),
  audit: (accountId: string, filters: AuditFilters = {}) => withQuery(`${account(accountId)}/audit`, filters),
  appKeys: (accountId: string) => `${account(accountId)}/app-keys`,
  approvals: (accountId: string) => `${account(accountId)}/approvals`,
  approval: (accountId: string, approvalId: string) =>
    `${account(accountId)}/approvals/${encodeURIComponent(approvalId)}`,
  invitations: (accountId: string) => `${account(accountId)}/invitations`,
  settings: (accountId: string) => `${account(accountId)}/settings`,
  /** Those of the gateway, whatever the account. */
  tokenIssuers: (accountId: string) => `${account(accountId)}/token-issuers`,
} as const

function withQuery(path: string, query: Readonly<Record<string, Id | undefined>>): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`
}
