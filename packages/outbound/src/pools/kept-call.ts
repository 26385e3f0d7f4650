import { parseTargetUrl } from '@mtls-gateway/domain'
import { isDeadReusedConnection } from '../failures/connection-facts.ts'
import type { TargetAnswer } from '../http1/exchange.ts'
import { type WholeCall, wholeAnswer } from '../http1/whole-answer.ts'
import type { AccountIdentity } from '../identities/connection-identity.ts'
import type { UpstreamPools } from './upstream-pools.ts'

/**
 * A call over the connections that are kept for an identity, beside those that it carries. It is sent once more where
 * the kept connection was dead: whoever uses this may repeat it.
 * @throws TransportError, the signal's reason; CodedError `TOO_MANY_CALLS`, and what is wrong with the url
 */
export async function callOverKept(
  upstreams: UpstreamPools,
  identity: AccountIdentity,
  call: WholeCall,
): Promise<TargetAnswer> {
  const { origin } = parseTargetUrl(call.url)
  const send = (onNew: boolean) => {
    call.signal.throwIfAborted()
    return wholeAnswer(upstreams.acquire(identity, origin), call, onNew)
  }
  try {
    return await send(false)
  } catch (error) {
    if (!isDeadReusedConnection(error)) throw error
    return send(true)
  }
}
