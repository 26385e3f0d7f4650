import { scopes } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { dateTime } from './fields.ts'

const claim = z
  .array(z.string())
  .min(1)
  .meta({
    description: 'The name of a claim; of a claim within a claim, the names from the outermost on',
    examples: [['kubernetes.io', 'namespace']],
  })

const condition = z
  .strictObject({ claim, matches: z.string().meta({ description: '`*` stands for any characters' }) })
  .meta({ id: 'TokenCondition' })

const rule = z
  .strictObject({
    when: z.array(condition).meta({ description: 'All have to hold; none: it is for every token of the issuer' }),
    accounts: z.array(z.string()).optional().meta({ description: 'Ids of accounts, or `*` alone for all' }),
    accountsClaim: claim.optional().meta({ description: 'The claim that lists them, in place of `accounts`' }),
    scopes: z.array(z.enum(scopes)).optional(),
    scopeClaim: claim.optional().meta({ description: 'The claim that has them, in place of `scopes`' }),
    services: z.array(z.string()).optional().meta({
      description: 'Names of the services that calls are limited to; any service if it is missing',
    }),
  })
  .meta({ id: 'TokenRule', description: 'What tokens get; the first rule counts that a token matches' })

const keys = z
  .strictObject({
    from: z.enum(['url', 'discovery', 'file']).meta({
      description: '`discovery`: the document at `url` names where they are. `file`: the operator’s file has them',
    }),
    url: z.string().optional(),
    fetchedAt: dateTime.nullable().meta({
      description:
        'When the instance that answers has fetched those that it uses; null: not yet, as no token needed them',
    }),
    fault: z.string().nullable().meta({ description: 'Why its last fetch failed' }),
  })
  .meta({ id: 'TokenIssuerKeys', description: 'Where the public keys come from' })

export const tokenIssuers = z
  .strictObject({
    issuers: z.array(
      z
        .strictObject({
          issuer: z.string().optional().meta({ description: 'The `iss` of its tokens' }),
          trustDomain: z.string().optional().meta({ description: 'Its tokens are JWT-SVIDs of this trust domain' }),
          audience: z.array(z.string()).meta({ description: 'A token has to be for one of them' }),
          algorithms: z.array(z.string()).meta({ description: 'By which its tokens may be signed' }),
          type: z.string().optional().meta({ description: 'The `typ` that its tokens need' }),
          keys,
          rules: z.array(rule),
        })
        .meta({ id: 'TokenIssuer' }),
    ),
    fileFault: z.string().nullable().meta({
      description: 'Why the file of issuers can not be used as it is now; what it said before is in use',
    }),
    otherTokens: z.enum(['refused', 'introspection', 'embedded']).meta({
      description:
        'What becomes of tokens of any other issuer. `introspection`: the configured endpoint is asked. `embedded`: the gateway’s own are taken',
    }),
  })
  .meta({ id: 'TokenIssuers' })

export type TokenIssuers = WireOf<typeof tokenIssuers>
export type TokenIssuer = TokenIssuers['issuers'][number]
export type TokenRule = TokenIssuer['rules'][number]

export const exampleTokenIssuers: TokenIssuers = {
  issuers: [
    {
      issuer: 'https://kubernetes.default.svc.cluster.local',
      audience: ['mtls-gateway'],
      algorithms: ['RS256'],
      keys: {
        from: 'url',
        url: 'https://kubernetes.default.svc.cluster.local/openid/v1/jwks',
        fetchedAt: '2026-02-01T09:30:00.000Z',
        fault: null,
      },
      rules: [
        {
          when: [{ claim: ['sub'], matches: 'system:serviceaccount:payments:*' }],
          accounts: ['le123'],
          scopes: ['forward'],
          services: ['IDP'],
        },
      ],
    },
  ],
  fileFault: null,
  otherTokens: 'refused',
}
