import type { RecentCall } from '@mtls-gateway/contract'
import { reasonOfCodes } from '@mtls-gateway/contract/words'

type Codes = Pick<RecentCall, 'code' | 'transportCode' | 'mappingId'>

/** Why a call failed, and what to do. `undefined`: the code has to do. */
export function callReason({ code, transportCode, mappingId }: Codes): string | undefined {
  // Whoever calls such a url has most often mapped one that is nearly the same.
  if (transportCode === 'TARGET_REQUIRES_CLIENT_CERTIFICATE' && mappingId === undefined) {
    return 'The target wants a client certificate, and no mapping has exactly this service and url. Explain shows which nearly does.'
  }
  return reasonOfCodes({ code, transportCode })
}
