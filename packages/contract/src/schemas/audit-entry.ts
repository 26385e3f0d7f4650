import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { dateTime } from './fields.ts'

/** Who changed what, when and from where; never a secret. */
export const auditEntry = z
  .strictObject({
    revision: z.int().min(0).meta({ format: 'int64', description: "The account's revision that this change made" }),
    at: dateTime,
    actor: z.string().meta({ description: 'The subject of a token, or an app key' }),
    address: z.string(),
    action: z.string().meta({ examples: ['certificates.create', 'mappings.update'] }),
    subjects: z.array(z.string()).meta({
      description: 'Ids and names of what was changed; the first few where there are many',
    }),
    subjectCount: z.int().min(0).meta({ format: 'int32' }),
    fields: z.array(z.string()).optional().meta({ description: 'What was changed of the subjects' }),
    idempotency: z
      .strictObject({ key: z.string(), request: z.string() })
      .meta({ id: 'IdempotencyDigests' })
      .optional()
      .meta({ description: 'Digests, where the request had an `Idempotency-Key`' }),
  })
  .meta({ id: 'AuditEntry' })

export type AuditEntry = WireOf<typeof auditEntry>
