import { parseTargetUrl, type TargetUrl } from '@mtls-gateway/domain'
import { z } from 'zod'

const methods = ['HEAD', 'GET', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

export const stagedProbeSchema = z
  .strictObject({
    /** They stand for the patterns that match them. */
    urls: z.array(z.string()).max(100).default([]),
    method: z.enum(methods).default('HEAD'),
  })
  .default({ urls: [], method: 'HEAD' })
export type StagedProbeBody = z.infer<typeof stagedProbeSchema>

export interface StagedProbeRequest {
  readonly urls: readonly TargetUrl[]
  readonly method: string
}

/** @throws CodedError: what is wrong with a url */
export function readStagedProbe({ urls, method }: StagedProbeBody): StagedProbeRequest {
  return { urls: urls.map((url) => parseTargetUrl(url).normalised), method }
}
