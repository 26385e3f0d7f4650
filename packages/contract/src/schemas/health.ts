import { z } from 'zod'
import type { WireOf } from '../wire.ts'

export const liveness = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Liveness' })

export const readiness = z
  .strictObject({
    status: z.enum(['starting', 'ok', 'degraded', 'stopping']).meta({
      description:
        '`degraded` while something that the service depends on does not answer; `starting` until the store has answered once',
    }),
    checks: z.record(z.string(), z.enum(['ok', 'failing', 'timeout', 'newer', 'off'])).meta({
      description:
        '`newer`: a later release has changed what is stored, and this one does not read it; `off`: settings for it are missing, so the service does without',
    }),
  })
  .meta({ id: 'Readiness' })

export type Liveness = WireOf<typeof liveness>
export type Readiness = WireOf<typeof readiness>
