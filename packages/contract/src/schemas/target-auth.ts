import { clientAuthMethods } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import { limits } from '../limits.ts'
import type { WireOf } from '../wire.ts'
import { dateTime, sentUrl } from './fields.ts'

const method = z.enum(clientAuthMethods).meta({
  description: 'How the gateway shows the token endpoint who it is (RFC 7591). All are sent with the certificate',
})

const parameters = z
  .record(z.string().min(1).max(limits.name), z.string().max(limits.url))
  .meta({ description: 'More of the request, such as `resource` or `audience`', maxProperties: limits.tokenParameters })

const told = {
  hasSecret: z.boolean().meta({ description: 'Secrets go in, and never come out' }),
  secretSetAt: dateTime.optional(),
  secretSetBy: z.string().optional().meta({ description: 'Who has sent it, as in the audit trail' }),
}

const oauth2 = z
  .strictObject({
    type: z.literal('oauth2'),
    tokenUrl: z.string(),
    clientId: z.string(),
    method,
    scope: z.string().optional(),
    parameters: parameters.optional(),
    ...told,
  })
  .meta({ id: 'OAuth2TargetAuth', description: 'Calls have an access token, by client credentials (RFC 6749)' })

const headers = z
  .strictObject({
    type: z.literal('headers'),
    headers: z.array(z.strictObject({ name: z.string(), ...told }).meta({ id: 'TargetAuthHeader' })),
  })
  .meta({ id: 'HeadersTargetAuth', description: 'Calls have these header fields' })

/** What a target wants beside the certificate. */
export const targetAuth = z
  .discriminatedUnion('type', [oauth2, headers])
  .meta({ id: 'TargetAuth', description: 'What the target wants beside the certificate' })
export type TargetAuth = WireOf<typeof targetAuth>

const secret = z.string().min(1).max(limits.targetSecret).meta({
  pattern: '^[\\x21-\\x7e]([\\x20-\\x7e]*[\\x21-\\x7e])?$',
  description: 'Left out in an update, it stays, unless what it is for is another',
})

/** What answers tell of a secret: clients send back what they got. */
const ignored = {
  hasSecret: z.boolean().optional(),
  secretSetAt: z.string().optional(),
  secretSetBy: z.string().optional(),
}

const scopeTokens = String.raw`^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$`

const oauth2Request = z
  .strictObject({
    type: z.literal('oauth2'),
    tokenUrl: sentUrl,
    clientId: z.string().min(1).max(limits.name).meta({ pattern: '^[\\x20-\\x7e]+$' }),
    method,
    scope: z
      .string()
      .min(1)
      .max(limits.url)
      .optional()
      .meta({ pattern: scopeTokens, description: 'Scopes, separated by a space' }),
    parameters: parameters.optional(),
    secret: secret.optional(),
    ...ignored,
  })
  .meta({ id: 'OAuth2TargetAuthRequest' })

const headersRequest = z
  .strictObject({
    type: z.literal('headers'),
    headers: z
      .array(
        z
          .strictObject({ name: z.string().min(1).max(limits.name), secret: secret.optional(), ...ignored })
          .meta({ id: 'TargetAuthHeaderRequest' }),
      )
      .min(1)
      .max(limits.authHeaders),
  })
  .meta({ id: 'HeadersTargetAuthRequest' })

/** As clients send it. A misspelt field is refused: calls would go out with less than intended. */
export const targetAuthRequest = z
  .discriminatedUnion('type', [oauth2Request, headersRequest])
  .meta({ id: 'TargetAuthRequest', description: '`targetAuth: null` removes it' })
export type TargetAuthRequest = z.output<typeof targetAuthRequest>
