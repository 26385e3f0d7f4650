import { maxTargetUrlBytes } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { dateTime, fingerprint, id, sentNumber, sentTime } from './fields.ts'
import { pageQuery } from './page.ts'

const outcome = z.enum(['succeeded', 'failed', 'refused', 'aborted'])
const ms = z.number().min(0)

/** A call through the gateway; never its body, its header fields or a query. */
export const recentCall = z
  .strictObject({
    id: id.meta({ description: 'Of this entry, for `after`. Below 2^53' }),
    at: dateTime.meta({ description: 'When the call began' }),
    outcome: outcome.meta({
      description:
        'succeeded: the target answered, not with a server error (5xx). failed: it did not answer, or with one, or its answer broke off. refused: the gateway did not send the call. aborted: the caller left too early',
    }),
    requestId: z.string().meta({ description: 'The `X-Request-Id` of the answer' }),
    method: z.string(),
    url: z.string().optional().meta({ description: 'Of the target, without its query' }),
    serviceName: z.string().optional(),
    caller: z.string().meta({ description: 'The app key, or the subject of a token' }),
    clientAddress: z.string(),
    mappingId: id.optional(),
    certificateId: id.optional(),
    fingerprintSha256: fingerprint.optional().meta({ description: 'Of the version of the certificate' }),
    status: z.int().optional().meta({ format: 'int32', description: 'Of the answer; without one there was none' }),
    code: z.string().optional().meta({ description: 'The code of a problem that the gateway answered with' }),
    transportCode: z.string().optional().meta({ description: 'Why the target did not answer: docs/errors.md' }),
    phase: z.string().optional().meta({ description: 'How far that call came: resolve, connect, handshake, exchange' }),
    ms: ms.meta({ description: 'How long the whole call took' }),
    lookUpMs: ms.optional().meta({ description: 'This and the next two: if a connection was opened for the call' }),
    connectMs: ms.optional(),
    handshakeMs: ms.optional(),
    firstByteMs: ms.optional().meta({ description: 'From the request to the head of the answer' }),
  })
  .meta({ id: 'RecentCall' })

export type RecentCall = WireOf<typeof recentCall>

export const callQuery = z.object({
  ...pageQuery,
  outcome: outcome.optional(),
  mappingId: sentNumber(1).optional().meta({ description: 'Calls by this mapping' }),
  code: z
    .string()
    .regex(/^[A-Z0-9_]{1,64}$/, 'must be a code')
    .optional()
    .meta({ description: 'Calls with this `code` or `transportCode`' }),
  url: z.string().min(1).max(maxTargetUrlBytes).optional().meta({
    description:
      'Calls of this url and of what is below it, by whole segments of the path; `https://` and the default port may be left out',
  }),
  requestId: z.string().min(1).max(200).optional().meta({ description: 'The call with this `X-Request-Id`' }),
  since: sentTime.optional().meta({ description: 'Calls that began then or later' }),
  until: sentTime.optional().meta({ description: 'Calls that began before then' }),
  after: sentNumber(0).optional().meta({ description: 'Calls that were recorded after the one with this `id`' }),
})
export type CallQuery = z.output<typeof callQuery>
