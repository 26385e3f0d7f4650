import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { sentUrl } from './fields.ts'
import { callError, clientCertificateOutcome, handshakeFields, verdictFields } from './handshake.ts'
import { targetTlsRequest, targetTrustRequest } from './mapping.ts'

/** The methods that targets are tried with. */
export const probeMethods = ['HEAD', 'GET', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** What came of trying a certificate at a url. */
export const trialFields = {
  status: z.int().nullable().meta({ format: 'int32', description: "The target's answer over HTTP" }),
  clientCertificate: clientCertificateOutcome,
  explanation: z.string().meta({ description: 'A sentence: what the target did, who must fix it, and how' }),
  error: callError.nullable(),
  handshake: z.strictObject(handshakeFields).meta({ id: 'Handshake' }).nullable(),
  ...verdictFields,
}

export const trial = z.strictObject(trialFields).meta({ id: 'Trial' })
export type Trial = WireOf<typeof trial>

/** Which version of a certificate is to be tried, and where. Unknown fields are refused. */
export const trialRequest = z
  .strictObject({
    url: sentUrl,
    method: z.enum(probeMethods).default('HEAD'),
    targetTrust: targetTrustRequest.nullish().meta({
      description:
        'Left out: as a mapping of the url says, if there is one, and otherwise by the system’s CAs. Null: by those in any case',
    }),
    targetTls: targetTlsRequest.nullish().meta({
      description:
        'Left out: as a mapping of the url says, if there is one. Null: as for targets without such settings in any case',
    }),
    version: z
      .enum(['current', 'staged'])
      .default('current')
      .meta({ description: '`current`: the one in use. `staged`: the one that comes next' }),
  })
  .meta({ id: 'TrialRequest' })
export type TrialRequest = z.output<typeof trialRequest>

/** The trial of the url that was to be activated. */
export const activationTrial = z.strictObject({ url: z.string(), ...trialFields }).meta({ id: 'ActivationTrial' })

export const exampleTrial: Trial = {
  status: 204,
  clientCertificate: 'accepted',
  explanation: 'The target took the certificate and answered 204.',
  error: null,
  handshake: {
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    authorized: true,
    clientCertificateRequested: true,
    targetCertificate: {
      subject: 'CN=bank.example',
      issuer: 'CN=Public CA',
      subjectAltName: 'DNS:bank.example',
      notAfter: '2027-03-01T00:00:00.000Z',
      fingerprintSha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    },
  },
  acceptableIssuers: [],
  chainAcceptable: null,
  alert: null,
}
