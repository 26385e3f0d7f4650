import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { certificate, exampleCertificate, stagedVersion } from './certificate.ts'
import { dateTime, fingerprint } from './fields.ts'

const chainCertificate = z
  .strictObject({
    subject: z.string(),
    issuer: z.string(),
    notAfter: dateTime,
    fingerprintSha256: fingerprint,
  })
  .meta({ id: 'ChainCertificate' })

/** What only the certificate itself says. All lists are empty while it waits, or where the store has lost it. */
const ofCertificate = {
  subjectAltNames: z.array(z.string()).meta({
    description: '`DNS:a.example`, `IP:192.0.2.1`, `email:...`, `URI:...`, as a signing request takes them; and others',
  }),
  keyUsage: z.array(z.string()).meta({
    description: 'As RFC 5280 names them: `digitalSignature`, ...; empty where it does not restrict its key',
  }),
  extendedKeyUsage: z.array(z.string()).meta({
    description:
      'As RFC 5280 names them: `clientAuth`, ..., and others by OID; empty where it does not restrict its key',
  }),
  chain: z.array(chainCertificate).meta({ description: 'The certificate, then each issuer that is stored with it' }),
}

/** A certificate as it is got by itself. */
export const certificateDetails = certificate
  .extend({
    ...ofCertificate,
    staged: stagedVersion
      .extend(ofCertificate)
      .meta({ id: 'StagedVersionDetails', description: 'The next version of a certificate, not yet in use' })
      .optional(),
  })
  .meta({ id: 'CertificateDetails', description: 'A client certificate with what it says itself' })

export type CertificateDetails = WireOf<typeof certificateDetails>
export type ChainCertificate = WireOf<typeof chainCertificate>

const exampleOfCertificate = {
  subjectAltNames: ['DNS:client.example'],
  keyUsage: ['digitalSignature'],
  extendedKeyUsage: ['clientAuth'],
  chain: [
    {
      subject: 'CN=client.example,O=Example',
      issuer: 'CN=Example CA',
      notAfter: '2027-01-31T00:00:00.000Z',
      fingerprintSha256: '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881',
    },
  ],
}

/** One whose next version was probed. */
export const exampleDetails: CertificateDetails = {
  ...exampleCertificate,
  ...exampleOfCertificate,
  staged: {
    ...exampleOfCertificate,
    status: 'Available',
    fingerprintSha256: '7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730',
    expirationDate: '2028-01-31T00:00:00.000Z',
    createdAt: '2027-01-15T09:30:00.000Z',
    lastProbe: {
      at: '2027-01-15T09:31:00.000Z',
      ok: false,
      results: [
        {
          url: 'https://bank.example/token',
          mappingId: 4_569_253_110,
          result: 'failed',
          status: null,
          clientCertificate: 'refused',
          code: 'TARGET_REJECTED_CLIENT_CERTIFICATE',
        },
      ],
      omitted: 0,
    },
    differences: [
      {
        code: 'ISSUER_DIFFERS',
        message: 'It has another issuer. Targets refuse it unless they trust that one, too.',
        from: 'CN=Example CA',
        to: 'CN=Example CA 2',
      },
    ],
  },
}
