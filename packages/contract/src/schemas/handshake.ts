import { certificateOutcomes } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { dateTime, fingerprint } from './fields.ts'

const targetCertificate = z
  .strictObject({
    subject: z.string().meta({ description: 'As RFC 4514 has it, like the issuer' }),
    issuer: z.string(),
    subjectAltName: z
      .string()
      .nullable()
      .meta({ examples: ['DNS:a.example, IP Address:192.0.2.1'] }),
    notAfter: dateTime,
    fingerprintSha256: fingerprint,
  })
  .meta({ id: 'TargetCertificate' })

/** What a target makes of the client certificate. */
export const clientCertificateOutcome = z.enum(certificateOutcomes).meta({
  id: 'ClientCertificateOutcome',
  description:
    '`doubtful`: the target asked for it and answered 401 or 403, or closed the connection. `not-asked`: it looks at none. `unknown`: the call failed for another reason',
})

export type ClientCertificateOutcome = WireOf<typeof clientCertificateOutcome>

/** How far the TLS handshake with a target got. */
export const handshakeFields = {
  protocol: z
    .string()
    .nullable()
    .meta({ description: '`TLSv1.2`, `TLSv1.3`; null: the two sides did not agree on one' }),
  cipher: z.string().nullable().meta({ description: "OpenSSL's name" }),
  authorized: z.boolean().meta({ description: "The target's certificate was verified and accepted" }),
  targetCertificate,
  clientCertificateRequested: z.boolean().meta({ description: 'The target asked for a client certificate' }),
}

/** What the target seems to say of the client certificate. */
export const verdictFields = {
  acceptableIssuers: z
    .array(z.string())
    .meta({ description: 'The issuers that the target named; none: it did not say' }),
  chainAcceptable: z.boolean().nullable().meta({
    description: 'Whether a certificate of the chain comes from one of them; null: the target named none',
  }),
  alert: z
    .strictObject({
      from: z.enum(['target', 'gateway']),
      code: z.int().min(0).max(255).meta({ format: 'int32' }),
      description: z.string().meta({ description: 'RFC 8446, section 6' }),
    })
    .meta({ id: 'TlsAlert' })
    .nullable()
    .meta({ description: 'The fatal TLS alert that ended the connection' }),
}

/** Why a call got no answer. */
export const callError = z
  .strictObject({
    code: z.string().meta({ description: 'Listed in docs/errors.md' }),
    message: z.string().meta({ description: 'Who must fix it, and how' }),
  })
  .meta({ id: 'CallError' })
