import type { ProbeRequest } from '@mtls-gateway/contract'
import { parseTargetUrl, type TargetUrl } from '@mtls-gateway/domain'

export interface StagedProbeRequest {
  readonly urls: readonly TargetUrl[]
  readonly method: string
}

/** @throws CodedError: what is wrong with a url */
export function readStagedProbe({ urls, method }: ProbeRequest): StagedProbeRequest {
  return { urls: urls.map((url) => parseTargetUrl(url).normalised), method }
}
