import { z } from 'zod'
import { limits } from '../limits.ts'
import type { WireOf } from '../wire.ts'
import { id, sentUrl } from './fields.ts'
import { probeMethods, trialFields } from './trial.ts'

/** What to probe; all of it can be left out. */
export const probeRequest = z
  .strictObject({
    urls: z
      .array(sentUrl)
      .max(limits.probedUrls)
      .default([])
      .meta({ description: 'They stand for the patterns that match them' }),
    method: z.enum(probeMethods).default('HEAD'),
  })
  .default({ urls: [], method: 'HEAD' })
  .meta({ id: 'ProbeRequest' })
export type ProbeRequest = z.output<typeof probeRequest>

/** A mapping, by id and name. */
export const mappingName = z.strictObject({ id, name: z.string() }).meta({ id: 'MappingName' })

const probeResult = z
  .strictObject({
    url: z.string(),
    result: z.enum(['ok', 'failed', 'skipped']),
    mappings: z.array(mappingName),
    ...trialFields,
  })
  .meta({ id: 'ProbeResult' })

export const probe = z
  .strictObject({
    ok: z.boolean().nullable().meta({
      description: 'Every url that was tried takes the certificate; null: there was none to try',
    }),
    results: z.array(probeResult).meta({
      description:
        'One for each url that was tried, and one for each mapping that was not; none in the answer to a repeated request',
    }),
    kept: z.enum(['results', 'outcome', 'nothing']).nullable().meta({
      description:
        'What the certificate shows of it as `lastProbe`. `outcome`: not what was found at each url, as the account is full. `nothing`: the account is full, nothing was tried, or another version is staged by now. Null in the answer to a repeated request',
    }),
  })
  .meta({ id: 'Probe' })

export type ProbeResult = WireOf<typeof probeResult>
export type Probe = WireOf<typeof probe>
