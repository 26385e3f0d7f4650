import { z } from 'zod'
import { limits } from '../limits.ts'
import type { WireOf } from '../wire.ts'
import { dateTime, sentSearch, sentTime } from './fields.ts'
import { pageQuery } from './page.ts'

/** Who changed what, when and from where; never a secret. */
export const auditEntry = z
  .strictObject({
    revision: z.int().min(0).meta({ format: 'int64', description: "The account's revision that this change made" }),
    at: dateTime,
    actor: z.string().meta({ description: 'The subject of a token, or an app key' }),
    address: z.string(),
    action: z.string().meta({ examples: ['certificates.create', 'mappings.update'] }),
    subjects: z.array(z.string()).meta({
      description:
        'Ids and names of what was changed; the first few where there are many. Where a key was used to activate or to try a certificate, also the host that was called',
    }),
    subjectCount: z.int().min(0).meta({ format: 'int32' }),
    fields: z.array(z.string()).optional().meta({ description: 'What was changed of the subjects' }),
    idempotency: z
      .strictObject({ key: z.string(), request: z.string() })
      .meta({ id: 'IdempotencyDigests' })
      .optional()
      .meta({ description: 'Digests, where the request had an `Idempotency-Key`' }),
    hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional()
      .meta({
        description:
          'SHA-256 over the hash of the entry before it (of the first: the id of the account), a line feed, and the JSON of this entry without `hash`, without spaces and with the keys of each object in order; entries of older releases have none',
      }),
  })
  .meta({ id: 'AuditEntry' })

export type AuditEntry = WireOf<typeof auditEntry>

/** The query of the audit trail. All that is given must fit. */
export const changeQuery = z.object({
  ...pageQuery,
  actor: z.string().max(limits.search).optional().meta({ description: 'Changes by this token or app key' }),
  action: z
    .string()
    .max(limits.search)
    .optional()
    .meta({ description: 'Changes of this kind; `mappings.*`: all that begin so', examples: ['mappings.update'] }),
  subject: sentSearch.optional().meta({
    description:
      'Changes of something with this in its id or name, in either case, and all changes of so many that not each is named',
  }),
  since: sentTime.optional().meta({ description: 'Changes that were asked for then or later' }),
  until: sentTime.optional().meta({ description: 'Changes that were asked for before' }),
})
export type ChangeQuery = z.output<typeof changeQuery>
