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

/** What the key tester says of a file. */
export const testReport = z
  .strictObject({
    readable: z.boolean(),
    readBy: z.enum(['pkijs', 'node-forge', 'node:crypto']).nullable().meta({ description: 'The library that read it' }),
    container: container.nullable(),
    keys: z.array(key),
    chain: z.array(chainEntry).meta({ description: 'Leaf first, each followed by its issuer' }),
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
