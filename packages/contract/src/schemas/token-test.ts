import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { fingerprint } from './fields.ts'
import { callError } from './handshake.ts'

/** What a token endpoint says for itself, cut and in printable ASCII. */
export const tokenEndpointAnswer = z
  .strictObject({
    status: z.int().optional().meta({ format: 'int32' }),
    error: z.string().optional(),
    errorDescription: z.string().optional(),
  })
  .meta({ id: 'TokenEndpointAnswer' })

export const tokenBindings = ['presented-certificate', 'other-certificate', 'none', 'opaque'] as const

export const tokenTestQuery = z.object({
  version: z
    .enum(['current', 'staged'])
    .default('current')
    .meta({ description: 'Of the certificate. `current`: the one that calls of the mapping present' }),
})
export type TokenTestQuery = Readonly<z.output<typeof tokenTestQuery>>

/** What a token endpoint said when it was asked as for a call. The token itself is never told. */
export const tokenTest = z
  .strictObject({
    tokenUrl: z.string(),
    presentedCertificate: fingerprint,
    durationMs: z.int().min(0).meta({ format: 'int64', description: 'How long it took, the handshake included' }),
    tokenEndpoint: tokenEndpointAnswer,
    token: z
      .strictObject({
        type: z.literal('Bearer'),
        lifetimeSeconds: z.number().nullable().meta({ description: 'Null: the endpoint has not said' }),
        scope: z.string().nullable().meta({ description: 'Null: the endpoint has not said; it is the one asked for' }),
        binding: z.enum(tokenBindings).meta({
          description:
            'What `cnf.x5t#S256` of a JWT names (RFC 8705). `none`: whoever has the token can use it. `opaque`: the token is no JWT, so only its issuer can tell',
        }),
      })
      .meta({ id: 'GivenToken' })
      .nullable(),
    explanation: z.string().meta({ description: 'A sentence: what the endpoint did, who must fix it, and how' }),
    error: callError.nullable().meta({ description: 'The code that calls fail with' }),
  })
  .meta({ id: 'TokenTest' })
export type TokenTest = WireOf<typeof tokenTest>
