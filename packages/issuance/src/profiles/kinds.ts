import type { UpstreamPools } from '@mtls-gateway/outbound'
import { checkMount } from '@mtls-gateway/secret-store'
import { z } from 'zod'
import { AcmeIssuer, type AcmeSettings, acmeSettings } from '../acme/acme-issuer.ts'
import type { Issuer } from '../issuer.ts'
import type { IssuerProfile } from '../issuers.ts'
import type { AccountCas } from '../local/account-cas.ts'
import { LocalIssuer } from '../local/local-issuer.ts'
import { OwnCaIssuer, type OwnCaSettings, ownCaSettings } from '../own-ca/own-ca-issuer.ts'
import { VaultPkiIssuer } from '../vault-pki/vault-pki-issuer.ts'
import { WebhookIssuer } from '../webhook/webhook-issuer.ts'
import { openVaultLogin, vaultLoginFields } from './vault-login.ts'

/** What a service gives to its issuers. */
export interface IssuerParts {
  readonly cas: AccountCas
  /** The way out for webhooks, with its guard; whoever opened it closes it. */
  readonly upstreams: UpstreamPools
}

/** How a profile of a kind becomes an issuer. */
export interface IssuerKind<Settings = unknown> {
  /** What a profile of the kind has beside what all have. */
  readonly settings: z.ZodType<Settings>
  /** @throws CodedError `CONFIGURATION_INVALID` */
  open(settings: Settings, profile: IssuerProfile, parts: IssuerParts): Issuer
}

const filled = z.string().min(1)

const local: IssuerKind<object> = {
  settings: z.strictObject({}),
  open: (_settings, profile, { cas }) => new LocalIssuer({ cas, profile }),
}

const vaultPkiSettings = z.strictObject({
  ...vaultLoginFields,
  mount: filled,
  role: z.string().regex(/^[\w.-]{1,128}$/, 'is not the name of a role'),
})

const vaultPki: IssuerKind<z.infer<typeof vaultPkiSettings>> = {
  settings: vaultPkiSettings,
  open: ({ mount, role, ...login }, profile) => {
    const checkedMount = checkMount(mount)
    return new VaultPkiIssuer({ session: openVaultLogin(login), mount: checkedMount, role, profile })
  },
}

const webhookSettings = z.strictObject({
  url: z.url({ protocol: /^https$/, error: 'is not an https url' }),
  secretFile: filled,
  caFile: filled,
})

const webhook: IssuerKind<z.infer<typeof webhookSettings>> = {
  settings: webhookSettings,
  open: (settings, profile, { upstreams }) => new WebhookIssuer({ ...settings, upstreams, profile }),
}

const acme: IssuerKind<AcmeSettings> = {
  settings: acmeSettings,
  open: (settings) => new AcmeIssuer(settings),
}

const ownCa: IssuerKind<OwnCaSettings> = {
  settings: ownCaSettings,
  open: (settings) => new OwnCaIssuer(settings),
}

/** Every kind of issuer that a profile can have: a new adapter has its line here. */
export const issuerKinds: { readonly [Kind in IssuerProfile['kind']]: IssuerKind } = {
  local: asKind(local),
  'vault-pki': asKind(vaultPki),
  webhook: asKind(webhook),
  acme: asKind(acme),
  'own-ca': asKind(ownCa),
}

/** What opens a kind gets what its own schema has read; only the type checker can't follow that through the table. */
function asKind<Settings>(kind: IssuerKind<Settings>): IssuerKind {
  return kind as unknown as IssuerKind
}
