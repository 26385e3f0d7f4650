import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { callError, clientCertificateOutcome, handshakeFields, verdictFields } from './handshake.ts'

/** Untyped in the documents: clients generated for Java don't compile where a list is one of two alternatives. */
const headerValue = z.union([z.string(), z.array(z.string())]).meta({ anyOf: undefined })

const handshake = z
  .strictObject({
    ...handshakeFields,
    targetCertificate: handshakeFields.targetCertificate.nullable(),
    ...verdictFields,
  })
  .meta({ id: 'TracedHandshake' })

/** What came of the tester's call. */
export const testCall = z
  .strictObject({
    url: z.string(),
    status: z.int().nullable().meta({ format: 'int32' }),
    headers: z.record(z.string(), headerValue).nullable().meta({
      description: "The target's header fields, each a text, or a list of texts where it comes more than once",
    }),
    body: z.string().nullable().meta({ description: 'As text, at most 64 KiB of it' }),
    truncated: z.boolean(),
    clientCertificate: clientCertificateOutcome,
    explanation: z.string().meta({ description: 'A sentence: what the target did, who must fix it, and how' }),
    error: callError.nullable(),
    handshake,
  })
  .meta({ id: 'TestCall' })

export type TestCall = WireOf<typeof testCall>
export type TracedHandshake = TestCall['handshake']
