import { readFileSync } from 'node:fs'
import { CodedError } from '@mtls-gateway/domain'
import type { UpstreamPools } from '@mtls-gateway/outbound'
import { checkMount, openVaultSession, secretFromFile } from '@mtls-gateway/secret-store'
import { z } from 'zod'
import type { Issuer } from '../issuer.ts'
import type { IssuerProfile } from '../issuers.ts'
import type { AccountCas } from '../local/account-cas.ts'
import { LocalIssuer } from '../local/local-issuer.ts'
import { VaultPkiIssuer } from '../vault-pki/vault-pki-issuer.ts'
import { WebhookIssuer } from '../webhook/webhook-issuer.ts'
import { SecretFile } from './secret-file.ts'

/** What a service gives to its issuers. */
export interface IssuerParts {
  readonly cas: AccountCas
  /** The way out for webhooks, with its guard; whoever opened it closes it. */
  readonly upstreams: UpstreamPools
}

/** How a profile of a kind becomes an issuer. */
export interface IssuerKind<Shape extends z.ZodRawShape = z.ZodRawShape> {
  /** What an entry of the kind has beside what all have. */
  readonly fields: Shape
  /** @throws CodedError `CONFIGURATION_INVALID` */
  open(settings: z.output<z.ZodObject<Shape>>, profile: IssuerProfile, parts: IssuerParts): Issuer
}

/** Longer than for the store: signing by RSA, and nobody waits at a screen. */
const vaultDeadlineMs = 15_000

const filled = z.string().min(1)

/** Types a kind against its own fields, and then forgets them. */
function kind<Shape extends z.ZodRawShape>(made: IssuerKind<Shape>): IssuerKind {
  // Settings were made by these same fields; only the type checker can't follow that through the table.
  return made as unknown as IssuerKind
}

/** Every kind of issuer that a profile can have: a new adapter has its line here. */
export const issuerKinds: { readonly [Kind in IssuerProfile['kind']]?: IssuerKind } = {
  local: kind({
    fields: {},
    open: (_settings, profile, { cas }) => new LocalIssuer({ cas, profile }),
  }),

  'vault-pki': kind({
    fields: {
      address: filled,
      namespace: z.exactOptional(filled),
      caFile: z.exactOptional(filled),
      mount: filled,
      role: z.string().regex(/^[\w.-]{1,128}$/, 'is not the name of a role'),
      roleId: filled,
      secretIdFile: filled,
      appRoleMount: z.exactOptional(filled),
    },
    open: ({ address, namespace, caFile, mount, role, roleId, secretIdFile, appRoleMount }, profile) => {
      const session = openVaultSession({
        address,
        namespace,
        caCertificates: caFile === undefined ? undefined : readText(caFile),
        deadlineMs: vaultDeadlineMs,
        auth: { kind: 'app-role', roleId, secretId: secretFromFile(secretIdFile), mount: appRoleMount },
      })
      return new VaultPkiIssuer({ session, mount: checkMount(mount), role, profile })
    },
  }),

  webhook: kind({
    fields: { url: z.url({ protocol: /^https$/, error: 'is not an https url' }), secretFile: filled, caFile: filled },
    open: ({ url, secretFile, caFile }, profile, { upstreams }) =>
      new WebhookIssuer({ upstreams, url, secret: new SecretFile(secretFile), caFile, profile }),
  }),
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new CodedError('CONFIGURATION_INVALID', `The file ${path} cannot be read: ${code}.`, { cause })
  }
}
