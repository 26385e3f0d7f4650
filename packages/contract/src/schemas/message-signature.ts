import { digestAlgorithms, signatureAlgorithms, signatureSchemes } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import { limits } from '../limits.ts'
import type { WireOf } from '../wire.ts'
import { sentId, sentRecord } from './fields.ts'

// One class for all schemes: generators make one of each alternative, and some can't read them.

const scheme = z.enum(signatureSchemes).meta({
  description:
    '`cavage`: draft-cavage-http-signatures-12, as Berlin Group uses it. `jws`: a detached JWS (RFC 7515). `rfc9421`: HTTP message signatures',
})
const algorithm = z.enum(signatureAlgorithms).meta({ description: 'Without it, one that fits the key' })
const digest = z.enum(digestAlgorithms).meta({ description: 'Of the body. Without it, `sha-256`' })

const signingKeyText = 'The active `message-signature` key of the account signs, instead of a certificate'

/** How requests to a target are signed. */
export const messageSignature = z
  .strictObject({
    scheme,
    certificationId: z.string().optional().meta({ description: 'Signs, instead of the certificate of the mapping' }),
    signingKey: z.literal(true).optional().meta({ description: signingKeyText }),
    algorithm: algorithm.optional(),
    keyId: z.string().optional(),
    headers: z.array(z.string()).optional(),
    components: z.array(z.string()).optional(),
    optionalHeaders: z.array(z.string()).optional(),
    digest: digest.optional(),
    headerName: z.string().optional(),
    unencodedPayload: z.literal(true).optional(),
    protectedHeader: z.record(z.string(), z.string()).optional(),
    issuedAt: z.string().optional(),
  })
  .meta({ id: 'MessageSignature', description: 'How requests to the target are signed' })
export type MessageSignature = WireOf<typeof messageSignature>

const name = z.string().min(1).max(limits.name)
const names = z.array(name).min(1).max(limits.signedHeaders)
const text = z.string().min(1).max(limits.protectedHeader)

/** As clients send it. A misspelt field is refused: less would be signed than intended. */
export const messageSignatureRequest = z
  .strictObject({
    scheme,
    certificationId: sentId.optional().meta({ description: 'Signs, instead of the certificate of the mapping' }),
    signingKey: z.boolean().optional().meta({ description: signingKeyText }),
    algorithm: algorithm.optional(),
    keyId: text.optional().meta({
      pattern: '^[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]+$',
      description:
        'How the target finds the key. Without it: by the certificate that signs, or the `kid` of the signing key',
    }),
    headers: names.optional().meta({
      description: 'Of `cavage`: what is signed. A call that lacks one of these is refused, but `date` is added',
      examples: [['(request-target)', 'digest', 'date', 'x-request-id']],
    }),
    components: names.optional().meta({
      description: 'Of `rfc9421`: what is signed. A call that lacks one of these is refused, but `date` is added',
      examples: [['@method', '@target-uri', 'content-digest']],
    }),
    optionalHeaders: names.optional().meta({
      description: 'Header fields that are signed where a call has them. At most 20 with the others',
      examples: [['psu-id']],
    }),
    digest: digest.optional(),
    headerName: name.optional().meta({
      description: 'Of `jws`: the header field with the signature. Without it, `x-jws-signature`',
    }),
    unencodedPayload: z.boolean().optional().meta({
      description: 'Of `jws`: the body is signed as it is, without base64url (RFC 7797)',
    }),
    protectedHeader: sentRecord(z.string().max(limits.protectedHeader), limits.protectedHeaders, [
      { 'http://openbanking.org.uk/tan': 'openbanking.org.uk' },
    ])
      .optional()
      .meta({
        description: 'Of `jws`: at most 10 more members of the protected header. Those with a ":" are critical',
      }),
    issuedAt: name.optional().meta({
      description: 'Of `jws`: the member of the protected header that says when it was signed',
      examples: ['http://openbanking.org.uk/iat'],
    }),
  })
  .meta({ id: 'MessageSignatureRequest', description: '`messageSignature: null` removes it' })
export type MessageSignatureRequest = z.output<typeof messageSignatureRequest>
