import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { dateTime } from './fields.ts'

const revision = z.int().min(0).meta({ format: 'int64', description: 'A revision of the account' })

const instance = z
  .strictObject({
    instance: z.string(),
    startedAt: dateTime,
    revision: revision.nullable().meta({
      description: 'The least that a call starting now gets; null: without a copy it reads the account first',
    }),
    since: dateTime.nullable().meta({ description: 'When it began to serve that revision' }),
    current: z.boolean().meta({ description: 'It presents the version in use' }),
  })
  .meta({ id: 'ForwarderInstance' })

/** How far the version of a certificate that is in use has got. */
export const propagation = z
  .strictObject({
    revision: revision.meta({
      description: "The account's revision that put this version in use, or that last changed the mapping",
    }),
    complete: z.boolean().meta({ description: 'Every live forwarder presents it, and there is one' }),
    instances: z.array(instance),
  })
  .meta({ id: 'Propagation' })

export type Propagation = WireOf<typeof propagation>
export type ForwarderInstance = WireOf<typeof instance>
