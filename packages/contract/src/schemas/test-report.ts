import { javaVersions } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { dateTime } from './fields.ts'
import { reportedProblem } from './reported-problem.ts'
import { testCall } from './test-call.ts'

const container = z
  .strictObject({
    mac: z.string().nullable().meta({ description: '`HMAC-SHA-256`; null: there is no MAC' }),
    cipher: z.string().nullable().meta({ description: '`AES-256-CBC`; null: nothing is encrypted' }),
    prf: z.string().nullable().meta({ description: 'The pseudo-random function of the key derivation' }),
    iterations: z.number().meta({
      type: 'integer',
      format: 'int64',
      description: 'The highest iteration count that MAC or any bag asks for',
    }),
  })
  .meta({ id: 'ContainerReport', description: 'How a PKCS#12 file is protected' })

const key = z
  .strictObject({
    type: z.string().meta({ description: '`RSA`, `EC`, `Ed25519`, ...' }),
    size: z.int().meta({ format: 'int32', description: 'In bits' }),
    curve: z.string().optional().meta({ description: '`P-256`, ...: of EC keys only' }),
    alias: z.string().nullable().meta({ description: 'The friendly name' }),
  })
  .meta({ id: 'KeyReport' })

const chainEntry = z
  .strictObject({ subject: z.string(), issuer: z.string(), notAfter: dateTime })
  .meta({ id: 'ChainReport' })

const eidas = z
  .strictObject({
    type: z.enum(['QWAC', 'QSealC', 'QSigC']).nullable().meta({
      description: 'For websites and their clients, for seals, for signatures; null: it does not say',
    }),
    qualified: z.boolean().meta({ description: 'It says that it is an EU qualified certificate' }),
    inQscd: z.boolean().meta({ description: 'It says that its key is in a qualified device' }),
    roles: z.array(z.string()).meta({
      description: 'PSD2: `PSP_AS` (accounts), `PSP_PI` (initiation), `PSP_AI` (information), `PSP_IC` (card payments)',
    }),
    authority: z
      .strictObject({ name: z.string(), id: z.string() })
      .meta({ id: 'PaymentAuthority' })
      .nullable()
      .meta({ description: 'PSD2: who has authorised the payment service provider' }),
    organizationIdentifier: z
      .string()
      .nullable()
      .meta({ description: 'In the subject: `PSDDE-BAFIN-123456`, `VATDE-123456789`' }),
    qtsp: z.string().nullable().meta({
      description: "The issuer's organisation. Whether it is a qualified trust service provider, the EU's lists say",
    }),
  })
  .meta({ id: 'EidasReport', description: 'What a certificate states under eIDAS and PSD2' })

/** What the key tester says of a file. */
export const testReport = z
  .strictObject({
    readable: z.boolean(),
    readBy: z.enum(['pkijs', 'node-forge', 'node:crypto']).nullable().meta({ description: 'The library that read it' }),
    container: container.nullable(),
    keys: z.array(key),
    chain: z.array(chainEntry).meta({ description: 'Leaf first, each followed by its issuer' }),
    eidas: eidas.optional().meta({ description: 'Absent: the certificate states nothing under eIDAS' }),
    keyMatchesCertificate: z.boolean(),
    javaCompliant: z.boolean().meta({
      description: 'All of `readableByJava` but "8", and no TLS rule of theirs refuses key or certificate',
    }),
    readableByJava: z.array(z.enum(javaVersions)),
    problems: z.array(reportedProblem),
    call: testCall.nullable().meta({ description: 'The call with `LP-forward-url`' }),
  })
  .meta({ id: 'TestReport' })

export type TestReport = WireOf<typeof testReport>
