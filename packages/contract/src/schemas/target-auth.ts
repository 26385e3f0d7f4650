import { assertionAudiences, clientAuthMethods } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import { limits } from '../limits.ts'
import type { WireOf } from '../wire.ts'
import { dateTime, sentRecord, sentUrl } from './fields.ts'

// One class for both types: generators make one of each alternative, and some can't read them.

export const targetAuthTypes = ['oauth2', 'headers'] as const

const type = z.enum(targetAuthTypes).meta({
  description:
    '`oauth2`: calls have an access token, by client credentials (RFC 6749). `headers`: calls have these header fields',
})

const method = z.enum(clientAuthMethods).meta({
  description:
    'How the gateway shows the token endpoint who it is (RFC 7591). All are sent with the certificate; `private_key_jwt` signs with a key of the account',
})

const assertionAudience = z.enum(assertionAudiences).meta({
  description: 'Whom the assertion of `private_key_jwt` is for (`aud`): the server by its `issuer`, or its `tokenUrl`',
})

const told = {
  hasSecret: z.boolean().optional().meta({ description: 'Secrets go in, and never come out' }),
  secretSetAt: dateTime.optional(),
  secretSetBy: z.string().optional().meta({ description: 'Who has sent it, as in the audit trail' }),
}

/** What a target wants beside the certificate. */
export const targetAuth = z
  .strictObject({
    type,
    tokenUrl: z.string().optional(),
    clientId: z.string().optional(),
    method: method.optional(),
    issuer: z.string().optional(),
    assertionAudience: assertionAudience.optional(),
    scope: z.string().optional(),
    parameters: z.record(z.string(), z.string()).optional(),
    ...told,
    headers: z.array(z.strictObject({ name: z.string(), ...told }).meta({ id: 'TargetAuthHeader' })).optional(),
  })
  .meta({ id: 'TargetAuth', description: 'What the target wants beside the certificate' })
export type TargetAuth = WireOf<typeof targetAuth>

const secret = z.string().min(1).max(limits.targetSecret).meta({
  pattern: '^[\\x21-\\x7e]([\\x20-\\x7e]*[\\x21-\\x7e])?$',
  description: 'Left out in an update, it stays, unless what it is for is another',
})

/**
 * As clients send it. They also send back what answers tell of secrets, which is ignored (`toldOfSecrets`); whoever
 * reads it refuses other fields: a misspelt one would let calls go out with less than intended. The documents don't
 * name what is ignored, as generators make a method `HasSecret` of a `secret` that may be left out.
 */
export const targetAuthRequest = z
  .looseObject({
    type,
    tokenUrl: sentUrl.optional().meta({ description: 'Of `oauth2`, which needs it, `clientId` and `method`' }),
    clientId: z.string().min(1).max(limits.name).optional().meta({ pattern: '^[\\x20-\\x7e]+$' }),
    method: method.optional(),
    issuer: z.string().min(1).max(limits.url).optional().meta({
      pattern: String.raw`^https://[\x21-\x22\x24-\x3e\x41-\x7e]+$`,
      description:
        'The server as it names itself, to the letter. `private_key_jwt` needs it, unless the assertion is for `tokenUrl`',
    }),
    assertionAudience: assertionAudience.optional().meta({ description: '`issuer` unless given' }),
    scope: z.string().min(1).max(limits.url).optional().meta({
      pattern: String.raw`^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$`,
      description: 'Scopes, separated by a space',
    }),
    parameters: sentRecord(z.string().max(limits.url), limits.tokenParameters)
      .optional()
      .meta({ description: 'At most 20 more of the request, such as `resource` or `audience`' }),
    secret: secret.optional(),
    headers: z
      .array(
        z
          .looseObject({ name: z.string().min(1).max(limits.name), secret: secret.optional() })
          .meta({ id: 'TargetAuthHeaderRequest', additionalProperties: undefined }),
      )
      .min(1)
      .max(limits.authHeaders)
      .optional()
      .meta({ description: 'Of `headers`, which needs them alone' }),
  })
  .meta({ id: 'TargetAuthRequest', additionalProperties: undefined, description: '`targetAuth: null` removes it' })
export type TargetAuthRequest = z.output<typeof targetAuthRequest>

/** What answers tell of a secret. */
export const toldOfSecrets: ReadonlySet<string> = new Set(Object.keys(told))
