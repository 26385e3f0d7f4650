import type { RecentCall } from '@mtls-gateway/contract'
import { callReasons } from '@mtls-gateway/contract/words'

type Codes = Pick<RecentCall, 'code' | 'transportCode' | 'mappingId'>

/** Why a call failed, and what to do. `undefined`: the code has to do. */
export function callReason({ code, transportCode, mappingId }: Codes): string | undefined {
  // Whoever calls such a url has most often mapped one that is nearly the same.
  if (transportCode === 'TARGET_REQUIRES_CLIENT_CERTIFICATE' && mappingId === undefined) {
    return 'The target wants a client certificate, and no mapping has exactly this service and url. Explain shows which nearly does.'
  }
  return reasonOf(transportCode) ?? reasonOf(code)
}

/** Its advice is to try the certificate. */
export function triesHelp(reason: string | undefined): boolean {
  return reason !== undefined && reason === callReasons.SOCKET_CLOSED
}

/** Its advice is to change what the mapping trusts. */
export function addsCa(reason: string | undefined): boolean {
  return reason !== undefined && reason === callReasons.UNABLE_TO_VERIFY_LEAF_SIGNATURE
}

function reasonOf(code: string | undefined): string | undefined {
  return code !== undefined && Object.hasOwn(callReasons, code) ? callReasons[code] : undefined
}
