import { signingAlgorithms, signingKeyStates, signingKeyUses } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { dateTime } from './fields.ts'

const use = z.enum(signingKeyUses).meta({
  description:
    '`client-authentication`: assertions for token endpoints (`private_key_jwt`). `message-signature`: requests to targets',
})
const algorithm = z.enum(signingAlgorithms).meta({ description: 'As JWS names it; RSA keys have 3,072 bits' })
const kid = z.string().meta({ description: "The key's thumbprint (RFC 7638), which signatures name" })

/** Unknown fields are refused: a misspelt `algorithm` would make a key of another kind. */
export const signingKeyRequest = z
  .strictObject({ use, algorithm: algorithm.optional().meta({ description: '`ES256` unless named' }) })
  .meta({ id: 'SigningKeyRequest' })
export type SigningKeyRequest = z.output<typeof signingKeyRequest>

export const jwk = z
  .strictObject({
    kty: z.string(),
    kid,
    use: z.literal('sig'),
    alg: z.enum(signingAlgorithms),
    crv: z.string().optional(),
    x: z.string().optional(),
    y: z.string().optional(),
    n: z.string().optional(),
    e: z.string().optional(),
  })
  .meta({ id: 'Jwk', description: 'The public key (RFC 7517)' })
export type Jwk = WireOf<typeof jwk>

export const jwks = z.strictObject({ keys: z.array(jwk) }).meta({ id: 'Jwks' })
export type Jwks = WireOf<typeof jwks>

export const signingKey = z
  .strictObject({
    kid,
    use,
    algorithm,
    state: z.enum(signingKeyStates).meta({
      description:
        '`published`: in the key set, and has not signed yet. `active`: signs. `retired`: does not sign any more, and stays in the key set until it is deleted',
    }),
    jwk,
    createdAt: dateTime,
    createdBy: z.string().meta({ description: 'As the audit trail names them' }),
    activatedAt: dateTime.nullable().meta({ description: 'When it began to sign; null: it never has' }),
    retiredAt: dateTime.nullable().meta({ description: 'When another took its place; null: none has' }),
  })
  .meta({ id: 'SigningKey' })
export type SigningKey = WireOf<typeof signingKey>

/** To a request that was made before. */
export const repeatedSigningKey = z.union([signingKey, z.strictObject({ kid: z.string(), deleted: z.literal(true) })])
