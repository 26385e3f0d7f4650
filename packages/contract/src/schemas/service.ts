import { z } from 'zod'
import type { WireOf } from '../wire.ts'

/** Who sends the calls that mappings are for. */
export const service = z
  .strictObject({
    id: z.string().meta({ description: 'Its number, as `serviceId` of a mapping has it' }),
    name: z.string(),
  })
  .meta({ id: 'Service' })

export type Service = WireOf<typeof service>
